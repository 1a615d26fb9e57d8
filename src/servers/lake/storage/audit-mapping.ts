import { loadTable, prepareRows, tableName } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import type { AuditResult } from '../quality/audit-rows.ts';
import { auditCandidate } from './audit-candidate.ts';
import { ingestErrorsTable } from './audit-columns.ts';
import { newLoadId } from './load-id.ts';
import { hasSetAside } from './load-ledger.ts';
import { quoteName, quoteText } from './quote-sql.ts';
import type { SetAside } from './set-aside.ts';
import type { StoreSession } from './store-session.ts';
import type { MappingRequest } from './table-store.ts';

/** What the rules said of the temporary table `mapped`, which holds from then on what is left to be written. */
export interface MappingAudit {
  readonly results: readonly AuditResult[];
  readonly quarantined: number;
  /**
   * @param partitions of a mapping that overwrites partitions: the keys of those that its rows are in
   * Writes the rows that were set aside to disk; undefined when there are none, and none of earlier that would go. */
  prepare(partitions?: readonly string[]): Promise<SetAside | undefined>;
}

/** @throws LakeFailure when a rule stops the mapping. */
export async function auditMapping(
  at: StoreSession,
  {
    request,
    key,
    tableUuid,
  }: { request: MappingRequest; key: readonly string[]; tableUuid: string | undefined },
): Promise<MappingAudit> {
  const { rules = [], target } = request;
  if (rules.length === 0) {
    return {
      results: [],
      quarantined: 0,
      prepare: async (partitions) => nothingAside(at, { request, tableUuid, partitions }),
    };
  }
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
  return {
    results,
    quarantined,
    prepare: (partitions) =>
      prepareAside(at, { request, columns, selected, quarantined, tableUuid, partitions }),
  };
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

interface Aside {
  readonly request: MappingRequest;
  /** The target's; undefined for a table that is not there yet. */
  readonly tableUuid: string | undefined;
  readonly partitions: readonly string[] | undefined;
}

async function prepareAside(
  at: StoreSession,
  of: Aside & { columns: readonly Column[]; selected: number; quarantined: number },
): Promise<SetAside | undefined> {
  const { request, columns, selected, quarantined } = of;
  if (quarantined === 0) return nothingAside(at, of);
  const nowMs = Date.now();
  const id = newLoadId(nowMs);
  const errors = await prepareRows(at.warehouse, {
    table: tableName(ingestErrorsTable),
    select: quarantinedSql({ request, columns, id, nowMs }),
  });
  return { load: recordOf(of, { id, nowMs, selected, quarantined }), errors };
}

/** A mapping that overwrites takes the place of the one before, in what it sets aside too: of nothing there is a record as well. */
async function nothingAside({ warehouse, ledger }: StoreSession, of: Aside): Promise<SetAside | undefined> {
  const { request, tableUuid } = of;
  if (request.mode === 'append' || tableUuid === undefined) return undefined;
  if (!hasSetAside(ledger, tableUuid)) return undefined;
  const { metadata } = await loadTable(warehouse, tableName(ingestErrorsTable));
  const errors = { tableUuid: metadata['table-uuid'], rowCount: 0, files: [] };
  const nowMs = Date.now();
  const id = newLoadId(nowMs);
  return { load: recordOf(of, { id, nowMs, selected: 0, quarantined: 0 }), errors };
}

/** Each time that a mapping runs its rows have an id of their own: those of an earlier time stay what they were. */
function recordOf(
  { request: { target, mode, origin, contract }, partitions }: Aside,
  { id, nowMs, selected, quarantined }: { id: string; nowMs: number; selected: number; quarantined: number },
): SetAside['load'] {
  return {
    id,
    kind: mode === 'overwrite_partitions' ? 'partitions' : mode,
    status: 'intended',
    table: target,
    optionsKey: partitions === undefined ? '' : JSON.stringify(partitions),
    file: 'a mapping',
    // Known by its id alone: it is never the same as another.
    sha256: id,
    vendor_name: '',
    rows_read: selected,
    rows_loaded: selected - quarantined,
    rows_rejected: quarantined,
    replaces: null,
    run: origin?.run ?? null,
    call: origin?.call ?? null,
    contract: contract ?? null,
    snapshotId: null,
    ingestedAtMs: nowMs,
  };
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
