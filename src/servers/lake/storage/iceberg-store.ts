import { type Grants, grantsOf, requireRead } from '../grants.ts';
import {
  type Compacted,
  compactFiles,
  loadTable,
  openWarehouse,
  type TableState,
  tableName,
  type Warehouse,
} from '../iceberg/index.ts';
import { ingestErrorsTable } from './audit-columns.ts';
import { checkGranted } from './check-granted.ts';
import { createTable } from './create-table.ts';
import { evolveTable } from './evolve-table.ts';
import { tellIcebergFailures } from './iceberg-failure.ts';
import { openLedger } from './lake-ledger.ts';
import { loadFile } from './load-file.ts';
import { presentLoads } from './load-ledger.ts';
import { ingestErrorsDefinition } from './load-rejects.ts';
import { type DuckdbSettings, openDuckdb } from './open-duckdb.ts';
import { PlanCache } from './plan-cache.ts';
import { quoteTable } from './quote-sql.ts';
import { recoverFor, recoverLoads, recoverRead } from './recover-loads.ts';
import { hiddenLoads } from './rejects-in-force.ts';
import { toResultRows } from './result-values.ts';
import { askForRollback } from './rollback-requests.ts';
import { countOf } from './row-count.ts';
import { openScratch } from './scratch-table.ts';
import { Desk, type StoreSession } from './store-session.ts';
import { originKeys } from './summary-keys.ts';
import { definitionOf } from './table-definition.ts';
import { readHistory } from './table-history.ts';
import { namesOf } from './table-names.ts';
import type { LoadSummary, NamedTable, Origin, Query, TableStore } from './table-store.ts';
import { openViews } from './table-views.ts';
import { withTables } from './tables-in-sql.ts';
import { type LimitSettings, statementLimits } from './watch-statement.ts';
import { writeMapping } from './write-mapping.ts';

export type StoreSettings = DuckdbSettings & LimitSettings;

/**
 * Tables in Apache Iceberg's format, in a folder that many processes may use at once. SQL that somebody else wrote, rules'
 * queries among it, reads the granted tables alone; all else about grants stands in `granted-store.ts`.
 */
export async function openIcebergStore(
  settings: StoreSettings,
  grants: Grants = grantsOf({}),
): Promise<TableStore> {
  const { warehouse, ledger, desk, close } = await openParts(settings, grants);
  try {
    await createTable(warehouse, ingestErrorsDefinition);
    await desk.writeLong(recoverLoads);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    listTables: () => desk.plain(async () => (await statesOf(warehouse)).map(definitionOf)),
    findTable: (table) =>
      desk.plain(async () => {
        const state = await findState(warehouse, table);
        return state && definitionOf(state);
      }),
    countRows: (table) => desk.read((at) => countRows(at, table)),
    listLoads: (table) => desk.read((at) => listLoads(at, table)),
    createTable: (definition) => desk.plain(() => createTable(warehouse, definition)),
    load: (request) =>
      desk.writeLong(
        afterRecovery(request.definition.table, (at) => loadFile(at, request)),
        request.compute,
      ),
    writeMapping: (request) =>
      desk.write(
        afterRecovery(request.target, (at) => writeMapping(at, request)),
        request.compute,
      ),
    check: (sql) => desk.read((at) => checkGranted(at, { sql })),
    query: (select, parameters) =>
      desk.read(async (at) => {
        const { sql, tables } = await withTables(at.session, select);
        for (const { name } of tables) requireRead(grants, name);
        return reading(at, tables, (query) => query(sql, parameters));
      }),
    reading: (tables, work) => desk.read((at) => reading(at, tables, work)),
    history: (table, limit) => desk.plain(() => readHistory(warehouse, { table, limit })),
    // No row is read or written: it need not wait for a load's turn.
    evolve: (request) => desk.read(afterRecovery(request.table, (at) => evolveTable(at.warehouse, request))),
    askForRollback: (asked) =>
      desk.plain(async () => {
        const { metadata } = await loadTable(warehouse, tableName(asked.table));
        return askForRollback(ledger, { ...asked, metadata });
      }),
    compact: (table, origin) => desk.writeLong(afterRecovery(table, (at) => compact(at, { table, origin }))),
    scratch: (columns, batches) =>
      tellIcebergFailures(() => desk.withSession((session) => openScratch(session, { columns, batches }))),
    close,
  };
}

interface StoreParts extends Pick<StoreSession, 'warehouse' | 'ledger'> {
  readonly desk: Desk;
  readonly close: () => Promise<void>;
}

async function openParts(settings: StoreSettings, grants: Grants): Promise<StoreParts> {
  const duckdb = await openDuckdb(settings);
  const warehouse = openWarehouse({ folder: duckdb.warehouse, engine: noEngine });
  const ledger = openLedger(duckdb.warehouse);
  const desk = new Desk(duckdb.instance, {
    warehouse,
    ledger,
    plans: new PlanCache(),
    grants,
    limits: statementLimits(settings),
    openSized: ({ threads, memory_mb }) =>
      openDuckdb({
        warehouse: duckdb.warehouse,
        threads,
        memory: `${memory_mb}MiB`,
        maxSpill: settings.maxSpill,
      }),
  });
  const closeFiles = () => {
    ledger.close();
    warehouse.close();
    duckdb.close();
  };
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= closeAfter(desk.stop(), closeFiles);
    return closed;
  };
  return { warehouse, ledger, desk, close };
}

/**
 * A load that is cut off removes its files itself, and needs the tables for it: they are closed when it has ended, however
 * late. A statement that does not hear that it is interrupted keeps whoever closes from going on for a while only.
 */
async function closeAfter(ended: Promise<unknown> | undefined, closeFiles: () => void): Promise<void> {
  if (ended === undefined) return closeFiles();
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, mostClosingMs);
  try {
    await Promise.race([ended.then(closeFiles), late]);
  } finally {
    clearTimeout(timer);
  }
}

const mostClosingMs = 10_000;

/** Work that writes to the table: what of it is unfinished comes first. */
function afterRecovery<T>(
  table: string,
  work: (at: StoreSession) => Promise<T>,
): (at: StoreSession) => Promise<T> {
  return async (at) => {
    await recoverFor(at, table);
    return work(at);
  };
}

function compact(
  { warehouse }: StoreSession,
  { table, origin }: { table: string; origin: Origin | undefined },
): Promise<Compacted> {
  const summary = originKeys('compact_table', { origin });
  return compactFiles(warehouse, { table: tableName(table), summary });
}

/** Definitions are read without DuckDB; whoever reads or writes rows does it in a session of its own. */
const noEngine = {
  run: () => Promise.reject(new Error('This needs a session.')),
};

function statesOf(warehouse: Warehouse): Promise<TableState[]> {
  return Promise.all(namesOf(warehouse).map((name) => loadTable(warehouse, tableName(name))));
}

async function findState(warehouse: Warehouse, table: string): Promise<TableState | undefined> {
  const name = tableName(table);
  return warehouse.catalog.findLocation(name) === undefined ? undefined : loadTable(warehouse, name);
}

async function countRows(at: StoreSession, table: string): Promise<number> {
  const { metadata } = await loadTable(at.warehouse, tableName(table));
  const known = countOf(metadata, metadata['current-snapshot-id']);
  const isPartlyShown = table === ingestErrorsTable && (await hiddenLoads(at)).length > 0;
  if (known !== undefined && !isPartlyShown) return known;
  await openViews(at, [{ name: table }]);
  return at.session.number(`SELECT count(*) FROM ${quoteTable(table)}`);
}

async function listLoads({ warehouse, ledger }: StoreSession, table: string): Promise<LoadSummary[]> {
  const { metadata } = await loadTable(warehouse, tableName(table));
  return presentLoads(ledger, metadata).map(
    ({ file, sha256, vendor_name, rows_read, rows_loaded, rows_rejected }) => ({
      file,
      sha256,
      vendor_name,
      rows_read,
      rows_loaded,
      rows_rejected,
    }),
  );
}

async function reading<T>(
  at: StoreSession,
  tables: readonly NamedTable[],
  work: (query: Query) => Promise<T>,
): Promise<T> {
  await recoverRead(
    at,
    tables.map(({ name }) => name),
  );
  await openViews(at, tables);
  return work(queryOf(at));
}

function queryOf({ session }: StoreSession): Query {
  return async (sql, parameters) => toResultRows(await session.read(sql, parameters));
}
