import { auditColumns, ingestErrorsTable } from './audit-columns.ts';
import { type CellNames, castSql, cleanText } from './cast-sql.ts';
import { quoteName, quoteTable, quoteText } from './quote-sql.ts';
import type { CastRules, TableDefinition } from './table-store.ts';

/**
 * `stage` -> the temporary table `checked`: typed values `v0`, `v1`, … and, for a record that cannot be loaded, the first
 * `fault` with its column and all faults in words. A key that is already there, in the table or earlier in the file,
 * is a fault as well: the first record keeps it.
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
faulted AS (SELECT *, ${faults.join(', ')} FROM typed),
judged AS (SELECT ${[...fixedNames, ...values].join(', ')}, ${judgement(definition)} FROM faulted)
SELECT ${['n', 'line', 'byte_offset', 'raw', ...values].join(', ')}, ${keyJudgement(definition)} FROM judged AS j`;
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

export function insertLoadedSql(definition: TableDefinition): string {
  const names = [...definition.columns.map(({ name }) => name), ...auditColumns.map(({ name }) => name)];
  const values = definition.columns.map((_, index) => `v${index}`);
  const audit = [
    '$vendorName',
    '$file',
    'line',
    '$sha256',
    'CAST(now()::TIMESTAMP AS DATE)',
    'now()::TIMESTAMP',
  ];
  return `INSERT INTO ${quoteTable(definition.table)} (${names.map(quoteName).join(', ')})
SELECT ${[...values, ...audit].join(', ')} FROM checked WHERE fault IS NULL ORDER BY n`;
}

export const insertRejectedSql = `INSERT INTO ${ingestErrorsTable}
SELECT $table, $vendorName, $file, $sha256, line, byte_offset, fault_column, fault, faults, raw, now()::TIMESTAMP
FROM checked WHERE fault IS NOT NULL ORDER BY n`;

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

function keyJudgement({ table, columns, primary_key: key }: TableDefinition): string {
  if (key.length === 0) return 'fault, fault_column, faults';
  const values = key.map((name) => `v${columns.findIndex((column) => column.name === name)}`);
  const same = key.map((name, index) => `known.${quoteName(name)} = j.${values[index]}`).join(' AND ');
  const partition = ['fault IS NULL', ...values].join(', ');
  const isDuplicate = `(fault IS NULL AND (row_number() OVER (PARTITION BY ${partition} ORDER BY n) > 1
    OR EXISTS (SELECT 1 FROM ${quoteTable(table)} AS known WHERE ${same})))`;
  const keyText = `concat_ws(', ', ${values.map((value) => `${value}::VARCHAR`).join(', ')})`;
  return `CASE WHEN ${isDuplicate} THEN 'duplicate_key' ELSE fault END AS fault,
  CASE WHEN ${isDuplicate} THEN ${quoteText(key.join(','))} ELSE fault_column END AS fault_column,
  CASE WHEN ${isDuplicate} THEN ${quoteText(`${key.join(',')}: `)} || 'the key "' || ${keyText} || '" is already loaded' ELSE faults END AS faults`;
}
