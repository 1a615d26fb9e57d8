import { createHash } from 'node:crypto';
import { nearest } from '../../../errors/index.ts';
import {
  appendRows,
  currentSnapshot,
  IcebergError,
  loadTable,
  overwriteReshaped,
  overwriteTable,
  type TableState,
  tableName,
  type WrittenSnapshot,
} from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { auditMapping } from './audit-mapping.ts';
import { type MappedColumn, readMappedColumns } from './mapped-columns.ts';
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
  const { target, mode } = request;
  // Before the rows are read: whatever changes the table from here on makes the commit fail.
  const existing = await findTarget(at, target);
  const declared = existing && definitionOf(existing);
  if (mode === 'append' && !(declared?.declared && declared.primary_key.length > 0))
    throw appendNeedsKey(target);
  if (request.onlyWhenNew && existing && isWritten(existing, { request, select })) return unchanged(existing);
  const inputs = await openViews(at, select.tables);
  await at.session.run(`CREATE OR REPLACE TEMP TABLE mapped AS SELECT * FROM (${select.sql}\n)`);
  const mapped = await readMappedColumns(at.session);
  const audit = await auditMapping(at, {
    request,
    key: declared?.primary_key ?? [],
    tableUuid: existing?.metadata['table-uuid'],
  });
  const { state, reshaping } =
    existing && declared?.declared
      ? await requireFit(at, { state: existing, request, mapped })
      : await shapeUndeclared(at, { request, mapped, existing });
  const aside = await audit.prepare();
  const summary = {
    ...summaryOf({ request, select }, inputs),
    ...(at.inForce && { [summaryKeys.compute]: JSON.stringify(at.inForce) }),
  };
  const writeRows: WriteRows = (more) =>
    write(at, { state, reshaping, request, mapped, ...more, summary: { ...summary, ...more.summary } });
  const written = aside
    ? await writeWithRejects(at, { aside, tableUuid: state.metadata['table-uuid'], write: writeRows })
    : await writeRows({ summary: {} });
  const rowsWritten = await at.session.number('SELECT count(*) FROM mapped');
  return {
    rows_written: rowsWritten,
    rows_quarantined: audit.quarantined,
    quality: audit.results,
    row_count: await rowsOf(at, { target, written }),
    columns: definitionOf(written.state).columns.map(({ name, type }) => ({ name, type })),
  };
}

async function findTarget({ warehouse }: StoreSession, target: string): Promise<TableState | undefined> {
  const table = tableName(target);
  return warehouse.catalog.findLocation(table) === undefined ? undefined : loadTable(warehouse, table);
}

async function requireFit(
  at: StoreSession,
  of: { state: TableState; request: MappingRequest; mapped: readonly MappedColumn[] },
): Promise<{ state: TableState; reshaping?: Reshaping }> {
  const definition = definitionOf(of.state);
  requireSameColumns(definition, of.mapped);
  if (of.request.mode === 'append') await openViews(at, [{ name: definition.table }]);
  await findViolations(at.session, { definition, mapped: of.mapped, mode: of.request.mode });
  return { state: of.state };
}

function write(
  { warehouse }: StoreSession,
  of: {
    state: TableState;
    reshaping?: Reshaping | undefined;
    request: MappingRequest;
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
  return of.request.mode === 'append' ? appendRows(warehouse, request) : overwriteTable(warehouse, request);
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
