import { createHash } from 'node:crypto';
import { nearest } from '../../../errors/index.ts';
import {
  appendRows,
  currentSnapshot,
  IcebergError,
  loadTable,
  overwritePartitions,
  overwriteReshaped,
  overwriteTable,
  type TableState,
  tableName,
  type WrittenSnapshot,
} from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { auditMapping } from './audit-mapping.ts';
import { type MappedColumn, readMappedColumns } from './mapped-columns.ts';
import { findMappedPartitions, type MappedPartitions, requirePartitions } from './mapped-partitions.ts';
import { findViolations } from './mapping-violations.ts';
import { quoteName, quoteTable } from './quote-sql.ts';
import { countOf } from './row-count.ts';
import { type WriteRows, writeWithRejects } from './set-aside.ts';
import { type Reshaping, shapeUndeclared } from './shape-undeclared.ts';
import type { StoreSession } from './store-session.ts';
import { originKeys, summaryKeys } from './summary-keys.ts';
import { definitionOf } from './table-definition.ts';
import type {
  CheckedSelect,
  MappingReport,
  MappingRequest,
  NamedTable,
  TableDefinition,
} from './table-store.ts';
import { type Inputs, openViews, viewOf } from './table-views.ts';
import { withTables } from './tables-in-sql.ts';

/**
 * Writes the result of a SELECT into a curated table, whole or not at all. A table that was declared keeps its
 * columns, types and key: rows that break them fail the call, because a curated table takes no bad rows silently.
 * When another writer changes the table meanwhile, all of it is done again on what is there then.
 */
export async function writeMapping(at: StoreSession, request: MappingRequest): Promise<MappingReport> {
  const select = await withTables(at.session, request.select);
  keepStatement(at, textOf(select));
  for (let attempt = 1; ; attempt++) {
    try {
      return await mapOnce(at, { request, select });
    } catch (error) {
      if (!IcebergError.is(error, 'CONFLICT') || attempt === mostAttempts) throw error;
    }
  }
}

// Each attempt runs the whole SELECT.
const mostAttempts = 5;

interface Mapping {
  readonly request: MappingRequest;
  readonly select: CheckedSelect;
}

async function mapOnce(at: StoreSession, { request, select }: Mapping): Promise<MappingReport> {
  const { target } = request;
  // Before the rows are read: whatever changes the table from here on makes the commit fail.
  const existing = await findTarget(at, target);
  const declared = existing && definitionOf(existing);
  requireMode(request, { existing, declared });
  if (request.onlyWhenNew && existing && isWritten(existing, { request, select })) return unchanged(existing);
  const inputs = await openViews(at, select.tables);
  await at.session.run(`CREATE OR REPLACE TEMP TABLE mapped AS SELECT * FROM (${select.sql}\n)`);
  const mapped = await readMappedColumns(at.session);
  const audit = await auditMapping(at, {
    request,
    key: declared?.primary_key ?? [],
    tableUuid: existing?.metadata['table-uuid'],
  });
  const partitions = await partitionsOf(at, { existing, request });
  const { state, reshaping } = await shapeOf(at, { existing, request, mapped });
  const aside = await audit.prepare(partitions?.keys);
  const summary = {
    ...summaryOf({ request, select }, inputs),
    ...(at.inForce && { [summaryKeys.compute]: JSON.stringify(at.inForce) }),
  };
  const writeRows: WriteRows = (more) =>
    write(at, {
      state,
      reshaping,
      request,
      select,
      mapped,
      ...more,
      summary: { ...summary, ...more.summary },
    });
  const written = aside
    ? await writeWithRejects(at, { aside, tableUuid: state.metadata['table-uuid'], write: writeRows })
    : await writeRows({ summary: {} });
  const rowsWritten = await at.session.number('SELECT count(*) FROM mapped');
  return {
    rows_written: rowsWritten,
    ...(partitions && { ...partitions.replaced, rows_replaced: written.removedRows }),
    rows_quarantined: audit.quarantined,
    quality: audit.results,
    row_count: await rowsOf(at, { target, written }),
    columns: definitionOf(written.state).columns.map(({ name, type }) => ({ name, type })),
  };
}

function requireMode(
  { target, mode }: MappingRequest,
  { existing, declared }: { existing: TableState | undefined; declared: TableDefinition | undefined },
): void {
  if (mode === 'append' && !(declared?.declared && declared.primary_key.length > 0))
    throw appendNeedsKey(target);
  if (mode === 'overwrite_partitions') requirePartitions(target, existing);
}

/** A table whose rows stay in part keeps its columns, whoever made it. */
function shapeOf(
  at: StoreSession,
  of: { existing: TableState | undefined; request: MappingRequest; mapped: readonly MappedColumn[] },
): Promise<{ state: TableState; reshaping?: Reshaping }> {
  const { existing, request } = of;
  const keepsColumns =
    existing && (definitionOf(existing).declared || request.mode === 'overwrite_partitions');
  return keepsColumns ? requireFit(at, { ...of, state: existing }) : shapeUndeclared(at, of);
}

async function findTarget({ warehouse }: StoreSession, target: string): Promise<TableState | undefined> {
  const table = tableName(target);
  return warehouse.catalog.findLocation(table) === undefined ? undefined : loadTable(warehouse, table);
}

async function partitionsOf(
  at: StoreSession,
  { existing, request }: { existing: TableState | undefined; request: MappingRequest },
): Promise<MappedPartitions | undefined> {
  if (request.mode !== 'overwrite_partitions' || !existing) return undefined;
  return findMappedPartitions(at, { state: existing, isAudited: (request.rules ?? []).length > 0 });
}

async function requireFit(
  at: StoreSession,
  of: { state: TableState; request: MappingRequest; mapped: readonly MappedColumn[] },
): Promise<{ state: TableState; reshaping?: Reshaping }> {
  const definition = definitionOf(of.state);
  requireSameColumns(definition, of.mapped);
  const { mode } = of.request;
  if (mode !== 'overwrite') await openViews(at, [{ name: definition.table }]);
  const { metadata } = of.state;
  await findViolations(at.session, { definition, metadata, mapped: of.mapped, mode });
  return { state: of.state };
}

function write(
  { warehouse }: StoreSession,
  of: {
    state: TableState;
    reshaping?: Reshaping | undefined;
    request: MappingRequest;
    select: CheckedSelect;
    mapped: readonly MappedColumn[];
    summary: Readonly<Record<string, string>>;
    beforeCommit?: () => void;
  },
): Promise<WrittenSnapshot> {
  const { state, reshaping, summary, beforeCommit } = of;
  const select = `SELECT ${of.mapped.map(({ name }) => quoteName(name)).join(', ')} FROM mapped`;
  const basedOn = state.metadata['current-snapshot-id'] ?? null;
  const request = { table: state.table, select, basedOn, summary, ...(beforeCommit && { beforeCommit }) };
  if (reshaping) return overwriteReshaped(warehouse, { ...request, ...reshaping });
  switch (of.request.mode) {
    case 'append':
      return appendRows(warehouse, request);
    case 'overwrite':
      return overwriteTable(warehouse, request);
    case 'overwrite_partitions':
      return overwritePartitions(warehouse, { ...request, ifUnchanged: dependsOnOtherRows(of) });
  }
}

/** Keys are judged against the partitions that stay, and the SELECT may read them: what others write there counts. */
function dependsOnOtherRows({ state, select }: { state: TableState; select: CheckedSelect }): boolean {
  const { table, primary_key } = definitionOf(state);
  return primary_key.length > 0 || select.tables.some(({ name }) => name === table);
}

async function rowsOf(
  at: StoreSession,
  { target, written }: { target: string; written: WrittenSnapshot },
): Promise<number> {
  const known = countOf(written.state.metadata, written.snapshotId);
  if (known !== undefined) return known;
  const table: NamedTable = { name: target, at: { version: written.snapshotId } };
  await openViews(at, [table]);
  return at.session.number(`SELECT count(*) FROM ${quoteTable(viewOf(table))}`);
}

/** Whether the table's rows are those of this statement, by the same contract. */
function isWritten({ metadata }: TableState, { request, select }: Mapping): boolean {
  const { summary } = currentSnapshot(metadata) ?? {};
  return (
    summary?.[summaryKeys.sqlSha256] === sha256(textOf(select)) &&
    summary[summaryKeys.contract] === request.contract
  );
}

function unchanged(state: TableState): MappingReport {
  const rows = countOf(state.metadata, state.metadata['current-snapshot-id']) ?? 0;
  return {
    rows_written: 0,
    row_count: rows,
    columns: definitionOf(state).columns.map(({ name, type }) => ({ name, type })),
  };
}

/** The text stands once in the ledger, however often it is written by; snapshots name it by its hash. */
function keepStatement({ ledger }: StoreSession, sql: string): void {
  ledger.prepare('INSERT INTO lake_statements VALUES (?, ?) ON CONFLICT DO NOTHING').run(sha256(sql), sql);
}

function summaryOf({ request, select }: Mapping, inputs: Inputs): Record<string, string> {
  return {
    ...originKeys(request.tool ?? 'run_mapping', request),
    ...(request.mapping !== undefined && { [summaryKeys.mapping]: request.mapping }),
    [summaryKeys.sqlSha256]: sha256(textOf(select)),
    // The format's own word for it.
    ...(request.mode === 'overwrite_partitions' && { 'replace-partitions': 'true' }),
    [summaryKeys.inputs]: JSON.stringify(Object.fromEntries([...inputs].sort())),
  };
}

function textOf({ written, sql }: CheckedSelect): string {
  return written ?? sql;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Without a key, a call that is repeated after a crash would double the rows. */
function appendNeedsKey(target: string): LakeFailure {
  return new LakeFailure(
    `${target} has no primary key: append could store the same rows twice.`,
    'use mode overwrite, or make the table with create_table and a primary_key first.',
  );
}

function requireSameColumns(definition: TableDefinition, mapped: readonly MappedColumn[]): void {
  const known = definition.columns.map(({ name }) => name);
  const given = new Set(mapped.map(({ name }) => name));
  const unknown = mapped
    .filter(({ name }) => !known.includes(name))
    .map(({ name }) => describeUnknown(name, known));
  const missing = definition.columns.filter(({ name, nullable }) => !nullable && !given.has(name));
  const wrong = [
    ...unknown,
    ...missing.map(({ name }) => `"${name}" must not be null and the SQL does not give it`),
  ];
  if (wrong.length === 0) return;
  throw new LakeFailure(
    `The SQL does not fit ${definition.table}: ${wrong.join('; ')}.`,
    `select these columns by name: ${known.join(', ')}.`,
  );
}

function describeUnknown(name: string, known: readonly string[]): string {
  const near = nearest(name, known)[0];
  return `the table has no column "${name}"${near ? ` (nearest: "${near}")` : ''}`;
}
