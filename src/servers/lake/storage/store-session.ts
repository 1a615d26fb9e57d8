import type { DuckDBInstance } from '@duckdb/node-api';
import { type Warehouse, withEngine } from '../iceberg/index.ts';
import { tellIcebergFailures } from './iceberg-failure.ts';
import type { Ledger } from './lake-ledger.ts';
import { Session } from './statement.ts';

/** What one read or write works with: a connection, the tables' files through it, and the ledger. */
export interface StoreSession {
  readonly session: Session;
  readonly warehouse: Warehouse;
  readonly ledger: Ledger;
}

/**
 * Hands out sessions: any number of readers, one writer after the other. Other processes write as well; here the turn only
 * keeps two large writes from sharing the memory.
 */
export class Desk {
  readonly #instance: DuckDBInstance;
  readonly #timeoutMs: number;
  readonly #shared: Omit<StoreSession, 'session'>;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(
    instance: DuckDBInstance,
    { timeoutMs, ...shared }: Omit<StoreSession, 'session'> & { timeoutMs: number },
  ) {
    this.#instance = instance;
    this.#timeoutMs = timeoutMs;
    this.#shared = shared;
  }

  session(timeoutMs: number | undefined = this.#timeoutMs): Promise<Session> {
    return Session.open(this.#instance, timeoutMs);
  }

  read<T>(work: (at: StoreSession) => Promise<T>): Promise<T> {
    return this.#use(this.#timeoutMs, work);
  }

  write<T>(work: (at: StoreSession) => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.#use(this.#timeoutMs, work));
  }

  /** A write whose statements are the lake's own and as long as the file that is loaded. */
  writeLong<T>(work: (at: StoreSession) => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.#use(Number.POSITIVE_INFINITY, work));
  }

  async #use<T>(timeoutMs: number, work: (at: StoreSession) => Promise<T>): Promise<T> {
    const session = await this.session(timeoutMs);
    const { warehouse, ledger } = this.#shared;
    try {
      return await tellIcebergFailures(() =>
        work({ session, ledger, warehouse: withEngine(warehouse, session.engine) }),
      );
    } finally {
      await session.close();
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastWrite.then(work);
    // A failed write is told to its caller; the next writer only waits for its end.
    this.#lastWrite = turn.catch(() => undefined);
    return turn;
  }
}
