import { createHash } from 'node:crypto';
import { overwritePrepared, prepareRows, tableName } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import type { AuditResult } from '../quality/audit-rows.ts';
import { auditCandidate } from './audit-candidate.ts';
import { ingestErrorsTable } from './audit-columns.ts';
import { quoteName, quoteTable, quoteText } from './quote-sql.ts';
import type { StoreSession } from './store-session.ts';
import { originKeys } from './summary-keys.ts';
import type { MappingRequest } from './table-store.ts';
import { openViews } from './table-views.ts';

/** What the rules said of the temporary table `mapped`, which holds from then on what is left to be written. */
export interface MappingAudit {
  readonly results: readonly AuditResult[];
  readonly quarantined: number;
  /** Puts the rows that were set aside into `product_raw.ingest_errors`, in the place of those of the last time. */
  keep(): Promise<void>;
}

/** @throws LakeFailure when a rule stops the mapping. */
export async function auditMapping(
  at: StoreSession,
  { request, key }: { request: MappingRequest; key: readonly string[] },
): Promise<MappingAudit> {
  const { rules = [], target } = request;
  if (rules.length === 0) return { results: [], quarantined: 0, keep: () => dropQuarantined(at, request) };
  const columns = await columnsOfMapped(at);
  const selected = await at.session.number('SELECT count(*) FROM mapped');
  const candidate = {
    relation: 'mapped',
    table: target,
    columns,
    key: key.filter((name) => columns.some((column) => column.name === name)),
    order: 'ALL',
  };
  const { results, quarantine } = await auditCandidate(at, { candidate, rules });
  await at.session.run(
    `CREATE OR REPLACE TEMP TABLE audited AS ${quarantine ? `FROM ${quarantine.judged}` : nothingJudged}`,
  );
  if (quarantine) {
    await at.session.run(
      'CREATE OR REPLACE TEMP TABLE mapped AS SELECT * EXCLUDE (_quality_reason, _quality_column, _quality_detail) FROM audited WHERE _quality_reason IS NULL',
    );
  }
  const quarantined = quarantine?.rows ?? 0;
  await requireAll(at, { selected, quarantined });
  return { results, quarantined, keep: () => keepQuarantined(at, { request, columns, quarantined }) };
}

interface Column {
  readonly name: string;
  readonly type: string;
}

async function columnsOfMapped({ session }: StoreSession): Promise<readonly Column[]> {
  const found = await session.read('SELECT * FROM mapped LIMIT 0');
  const types = found.columnTypes();
  return found.columnNames().map((name, index) => ({ name, type: String(types[index]) }));
}

const nothingJudged =
  'SELECT *, NULL::VARCHAR AS _quality_reason, NULL::VARCHAR AS _quality_column, NULL::VARCHAR AS _quality_detail FROM mapped LIMIT 0';

async function requireAll(
  { session }: StoreSession,
  { selected, quarantined }: { selected: number; quarantined: number },
): Promise<void> {
  const left = await session.number('SELECT count(*) FROM mapped');
  if (left + quarantined === selected) return;
  throw new LakeFailure(
    `The mapping does not reconcile: ${selected} rows selected, ${left} to be written and ${quarantined} set aside. Nothing was written.`,
  );
}

/** Rows that rules of an earlier time set aside, and that are written now that there are none. */
async function dropQuarantined(at: StoreSession, request: MappingRequest): Promise<void> {
  if (!(await hasKept(at, mappingLoadId(request)))) return;
  await at.session.run(`CREATE OR REPLACE TEMP TABLE audited AS ${nothingJudged}`);
  await keepQuarantined(at, { request, columns: await columnsOfMapped(at), quarantined: 0 });
}

/**
 * Before the target is written: a row that is told twice after a crash takes its own place again, one that was never told
 * would be lost.
 */
async function keepQuarantined(
  at: StoreSession,
  {
    request,
    columns,
    quarantined,
  }: { request: MappingRequest; columns: readonly Column[]; quarantined: number },
): Promise<void> {
  const id = mappingLoadId(request);
  if (quarantined === 0 && !(await hasKept(at, id))) return;
  const errors = tableName(ingestErrorsTable);
  const prepared = await prepareRows(at.warehouse, {
    table: errors,
    select: quarantinedSql({ request, columns, id, nowMs: Date.now() }),
  });
  await overwritePrepared(at.warehouse, {
    table: errors,
    prepared: [prepared],
    replaces: { column: 'load_id', is: '=', value: id },
    summary: originKeys('run_mapping', request),
  });
}

/** A mapping that overwrites has one set of rows aside; each that appends has its own. 16 letters as those of a load. */
function mappingLoadId({ target, mode, select }: MappingRequest): string {
  const sql = typeof select === 'string' ? select : (select.written ?? select.sql);
  const what = mode === 'overwrite' ? target : `${target}\n${sql}`;
  return `m${createHash('sha256').update(what).digest('hex').slice(0, 15)}`;
}

async function hasKept(at: StoreSession, id: string): Promise<boolean> {
  await openViews(at, [{ name: ingestErrorsTable, predicate: { column: 'load_id', is: '=', value: id } }]);
  const sql = `SELECT count(*) FROM ${quoteTable(ingestErrorsTable)} WHERE load_id = ${quoteText(id)}`;
  return (await at.session.number(sql)) > 0;
}

function quarantinedSql({
  request,
  columns,
  id,
  nowMs,
}: {
  request: MappingRequest;
  columns: readonly Column[];
  id: string;
  nowMs: number;
}): string {
  const row = columns.map((column) => `${quoteText(column.name)}: ${exactValue(column)}`).join(', ');
  const { target, origin, contract } = request;
  return `SELECT ${quoteText(target)} AS target_table, nullif(_quality_column, '') AS column_name, _quality_reason AS reason,
  _quality_detail AS detail, to_json({${row}})::VARCHAR AS raw_row, ${textOrNull(origin?.run)} AS run_id,
  ${textOrNull(origin?.call)} AS call_id, ${textOrNull(contract)} AS contract, ${quoteText(id)} AS load_id,
  make_timestamp(${nowMs * 1000}) AS _ingested_at FROM audited WHERE _quality_reason IS NOT NULL ORDER BY ALL`;
}

/** As JSON numbers they would be doubles, and lose digits. */
function exactValue({ name, type }: Column): string {
  return /^(DECIMAL|U?HUGEINT)/.test(type) ? `${quoteName(name)}::VARCHAR` : quoteName(name);
}

function textOrNull(text: string | undefined): string {
  return text === undefined ? 'NULL::VARCHAR' : quoteText(text);
}
