import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
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
  const duckdb = await openDuckdb(real);
  const run = (sql: string): Promise<readonly SqlRow[]> => rowsOf(duckdb.connection, sql);
  const close = (): void => {
    duckdb.close();
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

// A statement over a whole table that is run again may take long; an answer without its rows is better than none.
const longestStatementMs = 60_000;

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<readonly SqlRow[]> {
  const timer = setTimeout(() => connection.interrupt(), longestStatementMs);
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    clearTimeout(timer);
  }
}

function neverWritten(): string {
  throw new Error('The lake is only read here.');
}

/** It can reach the files of the warehouse and nothing else, whatever the SQL that it is given says. */
async function openDuckdb(folder: string): Promise<{ readonly connection: DuckDBConnection; close(): void }> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB' });
  const connection = await instance.connect();
  for (const statement of [
    "SET GLOBAL TimeZone='UTC'",
    'SET GLOBAL autoinstall_known_extensions=false',
    'SET GLOBAL autoload_known_extensions=false',
    `SET GLOBAL allowed_directories=['${folder.replaceAll("'", "''")}']`,
    'SET GLOBAL enable_external_access=false',
    'SET GLOBAL lock_configuration=true',
  ])
    await connection.run(statement);
  return {
    connection,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function recordsOf(
  database: Database.Database,
  { sql, values }: { readonly sql: string; readonly values: readonly (string | number)[] },
): readonly SqlRow[] {
  try {
    return database.prepare<unknown[], SqlRow>(sql).all(...values);
  } catch (error) {
    // A catalog that only other engines wrote to has none of the lake's tables.
    if (error instanceof Error && /no such table/.test(error.message)) return [];
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
