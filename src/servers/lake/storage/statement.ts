import type { DuckDBConnection, DuckDBInstance, DuckDBResultReader, DuckDBValue } from '@duckdb/node-api';
import { messageOf } from '../../../errors/index.ts';
import { explainFailure, IcebergError, type SqlEngine, type SqlValue } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { type StatementLimits, watchStatement } from './watch-statement.ts';

type Parameters = Readonly<Record<string, DuckDBValue>>;

/**
 * One connection whose statements end in time; for a read, a load or a mapping. What it names tables by are views in a
 * catalog of its own, which no other connection sees: each statement stands on the snapshots that were chosen for it.
 */
export class Session {
  readonly connection: DuckDBConnection;
  readonly limits: StatementLimits;
  readonly #warehouse: string;
  readonly #catalog: string;

  private constructor(connection: DuckDBConnection, { limits, warehouse, catalog }: NamedSession) {
    this.connection = connection;
    this.limits = limits;
    this.#warehouse = warehouse;
    this.#catalog = catalog;
  }

  static async open(instance: DuckDBInstance, settings: SessionSettings): Promise<Session> {
    // No schema of the lake begins with `_`: a catalog of the same name would make `name.table` ambiguous.
    const catalog = `_session${++sessions}`;
    const session = new Session(await instance.connect(), { ...settings, catalog });
    await session.connection.run(`ATTACH ':memory:' AS ${catalog}`);
    await session.connection.run(`USE ${catalog}`);
    return session;
  }

  /** DuckDB as the tables' format asks for it. */
  get engine(): SqlEngine {
    return {
      run: async (sql) => (await this.read(sql)).getRowObjectsJson() as Record<string, SqlValue>[],
    };
  }

  /** @throws LakeFailure; IcebergError DAMAGED or NO_SPACE */
  async read(sql: string, parameters: Parameters = {}): Promise<DuckDBResultReader> {
    return this.#inTime(async () => {
      const reader = await this.connection.streamAndReadUntil(sql, mostRowsHeld + 1, { ...parameters });
      if (reader.currentRowCount > mostRowsHeld) throw tooManyRows();
      return reader;
    });
  }

  async run(sql: string, parameters: Parameters = {}): Promise<void> {
    await this.#inTime(() => this.connection.run(sql, { ...parameters }));
  }

  /** The single number that the SQL gives. */
  async number(sql: string, parameters: Parameters = {}): Promise<number> {
    return Number((await this.read(sql, parameters)).getRows()[0]?.[0] ?? 0);
  }

  async close(): Promise<void> {
    try {
      await this.connection.run('USE memory');
      await this.connection.run(`DETACH ${this.#catalog}`);
    } finally {
      this.connection.closeSync();
    }
  }

  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    const watched = { connection: this.connection, limits: this.limits };
    try {
      return await watchStatement(watched, work);
    } catch (error) {
      throw error instanceof LakeFailure ? error : this.#told(error);
    }
  }

  /** A file that cannot be read is not the fault of the SQL: the tables' format says which one it is. */
  #told(error: unknown): LakeFailure | IcebergError {
    if (messageOf(error).includes('max_temp_directory_size')) return tooMuchSpill();
    const explained = explainFailure(error, this.#warehouse);
    return IcebergError.is(explained) ? explained : sqlFailure(error);
  }
}

export interface SessionSettings {
  readonly limits: StatementLimits;
  /** The folder of the tables. */
  readonly warehouse: string;
}

interface NamedSession extends SessionSettings {
  readonly catalog: string;
}

// Attached catalogs are known to the whole instance, so their names differ in the whole process.
let sessions = 0;

/** Rows become objects here, outside of DuckDB's memory; who wants many of them writes them into a table. */
const mostRowsHeld = 100_000;

function tooManyRows(): LakeFailure {
  return new LakeFailure(
    `The statement gives more than ${mostRowsHeld} rows to hold at once.`,
    'filter, group or LIMIT them; run_mapping stores any number.',
  );
}

function tooMuchSpill(): LakeFailure {
  return new LakeFailure(
    'The statement needs more memory than --memory and more space on disk than --max-spill allow.',
    'work on fewer rows or columns at a time, or start the lake with more.',
  );
}

/**
 * DuckDB's own words, which name columns and places well; without its stack, without paths of this machine, and without
 * its advice to SET what the lake's guards refuse.
 */
function sqlFailure(error: unknown): LakeFailure {
  const text = messageOf(error).replaceAll(/(?<=^|[\s"'])(\/[\w.@+~-]+){2,}/g, '<path>');
  const remedy = /Out of Memory/i.test(text)
    ? 'work on fewer rows at a time, or start the lake with a larger --memory.'
    : 'change the SQL; describe_table shows the names and types of the columns.';
  return new LakeFailure(text.split(/\s*\n\n?(?:Stack Trace|Possible solutions)/)[0] ?? text, remedy);
}
