import type { DuckDBConnection, DuckDBInstance, DuckDBResultReader, DuckDBValue } from '@duckdb/node-api';
import { messageOf } from '../../../errors/index.ts';
import { LakeFailure } from '../lake-failure.ts';

type Parameters = Readonly<Record<string, DuckDBValue>>;

/** One connection whose statements end in time; for a read, a load or a mapping. */
export class Session {
  readonly connection: DuckDBConnection;
  readonly #timeoutMs: number;

  constructor(connection: DuckDBConnection, timeoutMs: number) {
    this.connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  static async open(instance: DuckDBInstance, timeoutMs: number): Promise<Session> {
    return new Session(await instance.connect(), timeoutMs);
  }

  async read(sql: string, parameters: Parameters = {}): Promise<DuckDBResultReader> {
    return this.#inTime(() => this.connection.runAndReadAll(sql, { ...parameters }));
  }

  async run(sql: string, parameters: Parameters = {}): Promise<void> {
    await this.#inTime(() => this.connection.run(sql, { ...parameters }));
  }

  /** The single number that the SQL gives. */
  async number(sql: string, parameters: Parameters = {}): Promise<number> {
    return Number((await this.read(sql, parameters)).getRows()[0]?.[0] ?? 0);
  }

  /** All of `work` or nothing. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.run('BEGIN TRANSACTION');
    try {
      const result = await work();
      await this.run('COMMIT');
      return result;
    } catch (error) {
      await this.#rollback();
      throw error;
    }
  }

  close(): void {
    this.connection.closeSync();
  }

  async #rollback(): Promise<void> {
    try {
      await this.connection.run('ROLLBACK');
    } catch {
      // A failed COMMIT has already rolled back; the error of the work is the one to be told.
    }
  }

  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.connection.interrupt();
    }, this.#timeoutMs);
    try {
      return await work();
    } catch (error) {
      throw isLate ? tooSlow(this.#timeoutMs) : sqlFailure(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function tooSlow(timeoutMs: number): LakeFailure {
  return new LakeFailure(
    `The statement was interrupted after ${timeoutMs} ms.`,
    'make it smaller (filter, join on keys), or start the lake with a larger --statement-timeout-ms.',
  );
}

/** DuckDB's own words, which name columns and places well; without its stack and without paths of this machine. */
function sqlFailure(error: unknown): LakeFailure {
  const text = messageOf(error).replaceAll(/(?<=^|[\s"'])(\/[\w.@+~-]+){2,}/g, '<path>');
  const remedy = /Out of Memory/i.test(text)
    ? 'work on fewer rows at a time, or start the lake with a larger --memory.'
    : 'change the SQL; describe_table shows the names and types of the columns.';
  return new LakeFailure(text.split('\n\nStack Trace')[0] ?? text, remedy);
}
