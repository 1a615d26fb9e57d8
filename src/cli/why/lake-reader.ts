import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { DefinitionError, nearest } from '../../errors/index.ts';
import {
  describeTable,
  loadTable,
  SqliteCatalog,
  type TableState,
  tableName,
  type Warehouse,
} from '../../servers/lake/iceberg/index.ts';
import { openDuckdbToLook } from '../../servers/lake/storage/open-duckdb.ts';
import { Session } from '../../servers/lake/storage/statement.ts';
import { statementLimits } from '../../servers/lake/storage/watch-statement.ts';

export type SqlRow = Readonly<Record<string, unknown>>;

/** A warehouse that is looked at and never changed: a copy on a read-only disk will do. */
export interface LakeReader {
  readonly warehouse: Warehouse;
  /** Rows with numbers beyond 32 bits, decimals and times as texts. */
  run(sql: string): Promise<readonly SqlRow[]>;
  /** All tables, as `schema.table`. */
  tables(): readonly string[];
  /** A table is read from its file once. */
  state(table: string): Promise<TableState>;
  /** The lake's own records; nothing for a table of another writer. */
  records(sql: string, ...values: readonly (string | number)[]): readonly SqlRow[];
  close(): void;
}

/** @throws DefinitionError FILE_NOT_FOUND when there is no lake in the folder. */
export async function openLakeReader(folder: string): Promise<LakeReader> {
  const catalogFile = join(resolve(folder), 'catalog.sqlite');
  if (!existsSync(catalogFile)) throw noLake(folder);
  const real = realpathSync(resolve(folder));
  const catalog = new SqliteCatalog({ file: catalogFile, name: 'lake', readOnly: true });
  const database = new Database(catalogFile, { readonly: true });
  const { run, close: closeEngine } = await openEngine(real);
  const close = (): void => {
    closeEngine();
    database.close();
    catalog.close();
  };
  const engine = { run } as Warehouse['engine'];
  const warehouse = { folder: real, catalog, engine, now: Date.now, newSnapshotId: neverWritten, close };
  const states = new Map<string, Promise<TableState>>();
  return {
    warehouse,
    run,
    tables: () =>
      catalog
        .listNamespaces()
        .flatMap((namespace) =>
          catalog.listTables(namespace).map((table) => describeTable(table).slice(1, -1)),
        ),
    state: (table) => {
      const state = states.get(table) ?? loadTable(warehouse, tableName(table));
      states.set(table, state);
      return state;
    },
    records: (sql, ...values) => recordsOf(database, { sql, values }),
    close,
  };
}

const memory = '1GB';
// A statement over a whole table that is run again may take long; an answer without its rows is better than none.
const longestStatementMs = 60_000;

/** The lake's own DuckDB with the caps of its statements: whatever the SQL says, files of the warehouse are all that it reaches. */
async function openEngine(
  folder: string,
): Promise<{ readonly run: (sql: string) => Promise<readonly SqlRow[]>; readonly close: () => void }> {
  const duckdb = await openDuckdbToLook({ warehouse: folder, memory, threads: undefined, maxSpill: '10GB' });
  const limits = statementLimits({ memory, statementTimeoutMs: longestStatementMs });
  const session = await Session.open(duckdb.instance, { limits, warehouse: folder });
  return {
    run: async (sql) => (await session.read(sql)).getRowObjectsJson(),
    close: () => {
      session.connection.closeSync();
      duckdb.close();
    },
  };
}

function neverWritten(): string {
  throw new Error('The lake is only read here.');
}

function recordsOf(
  database: Database.Database,
  { sql, values }: { readonly sql: string; readonly values: readonly (string | number)[] },
): readonly SqlRow[] {
  try {
    return database.prepare<unknown[], SqlRow>(sql).all(...values);
  } catch (error) {
    // A catalog that only other engines wrote to has none of the lake's tables, one of an earlier version not all of their columns.
    if (error instanceof Error && /no such (table|column)/.test(error.message)) return [];
    throw error;
  }
}

function noLake(folder: string): DefinitionError {
  return new DefinitionError({
    code: 'FILE_NOT_FOUND',
    message: `There is no lake in ${folder}: it holds no catalog.sqlite.`,
    hint: 'name the folder of the tables: --warehouse <dir>.',
  });
}

/** `schema.table`, or `schema.table.column`. */
export function findAsked(
  lake: LakeReader,
  text: string,
): { readonly table: string; readonly column?: string } {
  const tables = lake.tables();
  const table = tables.find((name) => name.toLowerCase() === text.toLowerCase());
  if (table !== undefined) return { table };
  const [before = '', column = ''] = splitLast(text);
  const of = tables.find((name) => name.toLowerCase() === before.toLowerCase());
  if (of !== undefined) return { table: of, column };
  const guesses = [...nearest(text, tables), ...nearest(before, tables)];
  throw new DefinitionError({
    code: 'USAGE',
    message: `The lake has no table "${text}".`,
    hint: `${guesses[0] === undefined ? '' : `did you mean ${guesses[0]}? `}Tables: ${tables.slice(0, 20).join(', ') || 'none'}.`,
  });
}

function splitLast(text: string): readonly [string, string] {
  const point = text.lastIndexOf('.');
  return point === -1 ? [text, ''] : [text.slice(0, point), text.slice(point + 1)];
}
