import { auditColumns } from './audit-columns.ts';
import { type CellNames, castSql, cleanText } from './cast-sql.ts';
import { quoteName, quoteText } from './quote-sql.ts';
import type { CastRules, TableDefinition } from './table-store.ts';

/** What all rows of one load have in common. */
export interface LoadOrigin {
  readonly id: string;
  readonly table: string;
  readonly vendorName: string;
  readonly file: string;
  readonly sha256: string;
  readonly run: string | null;
  readonly call: string | null;
  readonly contract: string | null;
  readonly ingestedAtMs: number;
}

/**
 * `stage` -> the temporary table `checked`: typed values `v0`, `v1`, … and, for a record that cannot be loaded, the first
 * `fault` with its column and all faults in words.
 */
export function checkBatchSql(definition: TableDefinition, rules: CastRules): string {
  const { columns } = definition;
  const casts = columns.map(({ type }, index) => castSql(namesOf(index), { type, rules }));
  const cleaned = columns.map(({ type }, index) => `${cleanText(`c${index}`, { type, rules })} AS t${index}`);
  const spelled = casts.map(({ spelling }, index) => `${spelling} AS m${index}`);
  const typed = casts.map(({ value }, index) => `${value} AS v${index}`);
  const faults = casts.map(({ fault }, index) => `${faultSql(definition, { index, fault })} AS f${index}`);
  const values = columns.map((_, index) => `v${index}`);
  return `CREATE OR REPLACE TEMP TABLE checked AS
WITH cleaned AS (SELECT ${[...fixedNames, ...cleaned].join(', ')} FROM stage),
spelled AS (SELECT *, ${spelled.join(', ')} FROM cleaned),
typed AS (SELECT *, ${typed.join(', ')} FROM spelled),
faulted AS (SELECT *, ${faults.join(', ')} FROM typed)
SELECT ${['n', 'line', 'byte_offset', 'raw', ...values].join(', ')}, ${judgement(definition)} FROM faulted`;
}

function namesOf(index: number): CellNames {
  return { text: `t${index}`, spelled: `m${index}`, value: `v${index}` };
}

/** A record that is broken as a whole has no faults of its cells. */
function faultSql({ columns }: TableDefinition, { index, fault }: { index: number; fault: string }): string {
  const { text, value } = namesOf(index);
  const missing = columns[index]?.nullable ? 'NULL' : "'not_null'";
  return `CASE WHEN reason IS NOT NULL OR ${value} IS NOT NULL THEN NULL WHEN ${text} IS NULL THEN ${missing} ELSE ${fault} END`;
}

const fixedNames = ['n', 'line', 'byte_offset', 'raw', 'reason', 'col', 'detail'];

function judgement({ columns }: TableDefinition): string {
  const faults = columns.map((_, index) => `f${index}`);
  const names = columns.map(({ name }, index) => `WHEN f${index} IS NOT NULL THEN ${quoteText(name)}`);
  const words = columns.map(
    ({ name }, index) =>
      `CASE WHEN f${index} IS NOT NULL THEN ${quoteText(`${name}: `)} || f${index} || coalesce(' "' || left(t${index}, 80) || '"', '') END`,
  );
  return `coalesce(${['reason', ...faults].join(', ')}) AS fault,
  CASE WHEN reason IS NOT NULL THEN col ${names.join(' ')} END AS fault_column,
  coalesce(detail, concat_ws('; ', ${words.join(', ')})) AS faults`;
}

/**
 * The temporary tables that a load collects its rows in. The raw row of a good record is needed for a key that repeats and
 * for a quality rule that sets it aside.
 */
export function collectSql(
  definition: TableDefinition,
  keepsRaw: boolean = definition.primary_key.length > 0,
): { accepted: string; rejected: string } {
  const values = definition.columns.map((_, index) => `v${index}`);
  const raw = keepsRaw ? 'raw' : 'NULL::VARCHAR AS raw';
  return {
    accepted: `SELECT ${['n', 'line', 'byte_offset', raw, ...values].join(', ')} FROM checked WHERE fault IS NULL`,
    rejected:
      'SELECT n, line, byte_offset, fault_column, fault, faults, raw FROM checked WHERE fault IS NOT NULL',
  };
}

/**
 * The temporary table `duplicates`: accepted records whose key came earlier in the file, or is among `known_keys`.
 * The first record keeps the key.
 */
export function duplicatesSql(definition: TableDefinition, early?: string): string {
  if (definition.primary_key.length === 0) return 'CREATE OR REPLACE TEMP TABLE duplicates (n BIGINT)';
  return `CREATE OR REPLACE TEMP TABLE duplicates AS
SELECT n FROM (${repeatedSql(definition, keyRowsSql(definition, early))}) WHERE n IS NOT NULL`;
}

/** Lines of rows that were written early although their key came before, or is among `known_keys`. */
export function repeatedEarlySql(definition: TableDefinition, keyRows: string): string {
  return `SELECT line FROM (${repeatedSql(definition, keyRows)}) WHERE n IS NULL`;
}

/** `n`, `line` and the key as `k0`, `k1`, … of all sound rows, as SQL after FROM; `n` is NULL for those that were written early. */
export function keyRowsSql(definition: TableDefinition, early: string | undefined): string {
  const key = definition.primary_key;
  const values = keyValues(definition).map((value, index) => `${value} AS k${index}`);
  const accepted = `SELECT ${['n', 'line', ...values].join(', ')} FROM accepted`;
  if (early === undefined) return `(${accepted})`;
  const types = new Map(definition.columns.map(({ name, type }) => [name, type]));
  const written = key.map((name, index) => `CAST(${quoteName(name)} AS ${types.get(name)}) AS k${index}`);
  return `(${accepted} UNION ALL SELECT ${['NULL', '_source_line', ...written].join(', ')} FROM ${early})`;
}

/** Only rows whose key is there more than once are put in order: of a large file that is a few. */
function repeatedSql(definition: TableDefinition, keyRows: string): string {
  const key = definition.primary_key;
  const names = key.map((_, index) => `k${index}`);
  const list = names.join(', ');
  const same = key.map((name, index) => `known.${quoteName(name)} = a.k${index}`).join(' AND ');
  const often = `SELECT ${list} FROM ${keyRows} GROUP BY ALL HAVING count(*) > 1`;
  return `SELECT n, line FROM (
  SELECT n, line, row_number() OVER (PARTITION BY ${list} ORDER BY line, n) AS nth FROM ${keyRows} WHERE (${list}) IN (${names.length > 1 ? `SELECT (${list}) FROM (${often})` : often})
) WHERE nth > 1
UNION SELECT n, line FROM ${keyRows} AS a WHERE EXISTS (SELECT 1 FROM known_keys AS known WHERE ${same})`;
}

function keyValues({ primary_key: key, columns }: TableDefinition): string[] {
  return key.map((name) => `v${columns.findIndex((column) => column.name === name)}`);
}

/** The rows for the table itself. */
export function loadedSql(definition: TableDefinition, origin: LoadOrigin): string {
  const values = definition.columns.map(({ name }, index) => `v${index} AS ${quoteName(name)}`);
  const list = [...values, ...auditSql(origin)];
  return `SELECT ${list.join(', ')} FROM accepted WHERE ${isSound} AND n NOT IN (SELECT n FROM quarantined)`;
}

const isSound = 'n NOT IN (SELECT n FROM duplicates)';

/** The number of a record among the rows that rules judge. */
export const candidateNumber = '_n';

/**
 * The rows that quality rules judge: as they would be loaded, and their numbers. With rows that were written early the number is
 * the line, which all of them have.
 */
export function candidateSql(
  definition: TableDefinition,
  { origin, early }: { origin: LoadOrigin; early: string | undefined },
): string {
  const { columns } = definition;
  const values = columns.map(({ name }, index) => `v${index} AS ${quoteName(name)}`);
  const number = early === undefined ? 'n' : 'line';
  const accepted = [...values, ...auditSql(origin), `${number} AS ${candidateNumber}`];
  const late = `SELECT ${accepted.join(', ')} FROM accepted WHERE ${isSound}`;
  if (early === undefined) return `(${late})`;
  const written = [
    ...columns.map(({ name, type }) => `CAST(${quoteName(name)} AS ${type}) AS ${quoteName(name)}`),
    ...auditColumns.map(({ name }) => quoteName(name)),
    `_source_line AS ${candidateNumber}`,
  ];
  return `(${late} UNION ALL SELECT ${written.join(', ')} FROM ${early})`;
}

/** The audit columns of rows that have a `line`. */
export function auditSql(origin: LoadOrigin): string[] {
  const constants = constantColumns(origin);
  return auditColumns.map(({ name }) => `${constants.get(name) ?? 'line'} AS ${quoteName(name)}`);
}

/** What all rows of a load have in common, as SQL. */
export function constantColumns(origin: LoadOrigin): ReadonlyMap<string, string> {
  return new Map(
    Object.entries({
      _vendor_name: quoteText(origin.vendorName),
      _source_file: quoteText(origin.file),
      _source_sha256: quoteText(origin.sha256),
      _load_id: quoteText(origin.id),
      _ingestion_date: `CAST(${momentSql(origin)} AS DATE)`,
      _ingested_at: momentSql(origin),
    }),
  );
}

/** The rows for `product_raw.ingest_errors`. */
export function rejectedSql(definition: TableDefinition, origin: LoadOrigin): string {
  const key = quoteText(definition.primary_key.join(','));
  const keyText = `concat_ws(', ', ${keyValues(definition)
    .map((value) => `${value}::VARCHAR`)
    .join(', ')})`;
  const duplicates = `SELECT n, line, byte_offset, ${key}, 'duplicate_key', ${key} || ': the key "' || ${keyText} || '" is already loaded', raw
FROM accepted WHERE n IN (SELECT n FROM duplicates)`;
  const all = `FROM rejected${definition.primary_key.length === 0 ? '' : ` UNION ALL ${duplicates}`}
UNION ALL SELECT a.n, line, byte_offset, q.col, q.reason, q.detail, raw FROM accepted AS a JOIN quarantined AS q ON a.n = q.n ORDER BY line, n`;
  return `SELECT ${quoteText(origin.table)} AS target_table, ${quoteText(origin.vendorName)} AS vendor_name,
  ${quoteText(origin.file)} AS source_file, ${quoteText(origin.sha256)} AS source_sha256, line, byte_offset,
  fault_column AS column_name, fault AS reason, faults AS detail, raw AS raw_row, ${textOrNull(origin.run)} AS run_id,
  ${textOrNull(origin.call)} AS call_id, ${textOrNull(origin.contract)} AS contract, ${quoteText(origin.id)} AS load_id,
  ${momentSql(origin)} AS _ingested_at FROM (${all})`;
}

function textOrNull(text: string | null): string {
  return text === null ? 'NULL' : quoteText(text);
}

function momentSql({ ingestedAtMs }: LoadOrigin): string {
  return `make_timestamp(${ingestedAtMs * 1000})`;
}
