import type { Json } from '../../domain/json.ts';
import type { Warehouse } from '../../servers/lake/iceberg/index.ts';
import { LakeFailure } from '../../servers/lake/lake-failure.ts';
import type { StoreSession } from '../../servers/lake/storage/store-session.ts';
import type { CheckedSelect } from '../../servers/lake/storage/table-store.ts';
import type { LakeOptions } from './lake-options.ts';
import { lakeFolder } from './open-lake.ts';
import { saidToPerson } from './said-to-person.ts';
import { tellLakeFailures } from './tell-lake-failures.ts';

/** A lake that is looked at and never changed: it may lie where nothing can be written. */
export interface LookedAtLake {
  readonly warehouse: Warehouse;
  /**
   * Runs one SELECT that was checked like those of models: over tables of the lake and nothing else, in time, with limited memory.
   * `statement` makes what is run of the text that was checked.
   * @throws LakeFailure, IcebergError
   */
  select(sql: string, statement?: (checked: CheckedSelect) => string): Promise<SelectedRows>;
  /** Loads that were begun and are not done, into one of the tables that were read: what of them is there may be half of it. */
  unfinished(): readonly { readonly file: string; readonly table: string }[];
}

/** A bigint, a decimal or a time is a text, with all of its digits. */
export interface SelectedRows {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly Json[])[];
}

/** As much as the server takes by default: what a person types may not take the machine from the runs. */
const memory = '1GB';
const longestStatementMs = 60_000;

/** @throws LakeError as the other commands do */
export async function withLakeToLook<T>(
  options: LakeOptions,
  work: (lake: LookedAtLake) => Promise<T>,
): Promise<T> {
  const folder = await lakeFolder(options);
  return tellLakeFailures(folder, async () => {
    const { lake, close } = await openToLook(folder);
    try {
      return await work(lake);
    } catch (error) {
      throw error instanceof LakeFailure ? saidToPerson(error) : error;
    } finally {
      await close();
    }
  });
}

async function openToLook(folder: string): Promise<{ lake: LookedAtLake; close: () => Promise<void> }> {
  const { openDuckdbToLook } = await import('../../servers/lake/storage/open-duckdb.ts');
  const { Session } = await import('../../servers/lake/storage/statement.ts');
  const { statementLimits } = await import('../../servers/lake/storage/watch-statement.ts');
  const opened: Closer[] = [];
  const close = () => closeAll(opened);
  try {
    const { warehouse, ledger } = await openFilesToLook(folder, opened);
    const settings = { warehouse: folder, memory, threads: undefined, maxSpill: '10GB' };
    const duckdb = await openDuckdbToLook(settings);
    opened.push(() => duckdb.close());
    const limits = statementLimits({ memory, statementTimeoutMs: longestStatementMs });
    const session = await Session.open(duckdb.instance, { limits, warehouse: folder });
    opened.push(() => session.close());
    const lake = await lakeOver(await storeSession({ session, ledger, warehouse }));
    return { lake, close };
  } catch (error) {
    // DuckDB's folder for spills is in the temporary folder, where nobody would remove it.
    await close();
    throw error;
  }
}

type Closer = () => void | Promise<void>;

/** What was opened last is closed first; one that fails does not keep the others open. */
async function closeAll(opened: Closer[]): Promise<void> {
  const last = opened.pop();
  if (last === undefined) return;
  try {
    await last();
  } finally {
    await closeAll(opened);
  }
}

async function storeSession(
  of: Pick<StoreSession, 'session' | 'ledger' | 'warehouse'>,
): Promise<StoreSession> {
  const { PlanCache } = await import('../../servers/lake/storage/plan-cache.ts');
  const { grantsOf } = await import('../../servers/lake/grants.ts');
  const { withEngine } = await import('../../servers/lake/iceberg/index.ts');
  return {
    ...of,
    warehouse: withEngine(of.warehouse, of.session.engine),
    plans: new PlanCache(),
    grants: grantsOf({}),
  };
}

async function openFilesToLook(
  folder: string,
  opened: Closer[],
): Promise<Pick<StoreSession, 'warehouse' | 'ledger'>> {
  const { join } = await import('node:path');
  const { SqliteCatalog } = await import('../../servers/lake/iceberg/index.ts');
  const { copyLedger } = await import('../../servers/lake/storage/lake-ledger.ts');
  const ledger = copyLedger(folder);
  opened.push(() => void ledger.close());
  const catalog = new SqliteCatalog({ file: join(folder, 'catalog.sqlite'), name: 'lake', readOnly: true });
  opened.push(() => catalog.close());
  const engine = { run: () => Promise.reject(new Error('This needs a session.')) };
  const close = () => catalog.close();
  return {
    ledger,
    warehouse: { folder, catalog, engine, now: Date.now, newSnapshotId: neverWritten, close },
  };
}

async function lakeOver(at: StoreSession): Promise<LookedAtLake> {
  const { checkGranted } = await import('../../servers/lake/storage/check-granted.ts');
  const { openViews } = await import('../../servers/lake/storage/table-views.ts');
  const { unfinishedLoads } = await import('../../servers/lake/storage/load-ledger.ts');
  const { ingestErrorsTable } = await import('../../servers/lake/storage/audit-columns.ts');
  const read = new Set<string>();
  return {
    warehouse: at.warehouse,
    select: async (sql, statement = (checked) => checked.sql) => {
      const select: CheckedSelect = await checkGranted(at, { sql });
      await openViews(at, select.tables);
      for (const { name } of select.tables) read.add(name);
      return rowsOf(await at.session.read(statement(select)));
    },
    unfinished: () =>
      unfinishedLoads(at.ledger).filter(({ table }) => read.has(table) || read.has(ingestErrorsTable)),
  };
}

function rowsOf(found: Awaited<ReturnType<StoreSession['session']['read']>>): SelectedRows {
  const types = found.columnTypes();
  return {
    columns: found.deduplicatedColumnNames().map((name, index) => ({ name, type: String(types[index]) })),
    rows: found.getRowsJson(),
  };
}

function neverWritten(): string {
  throw new Error('The lake is only read here.');
}
