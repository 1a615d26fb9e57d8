import type { DuckDBInstance } from '@duckdb/node-api';
import type { ComputeSize } from '../compute/compute-size.ts';
import type { Grants } from '../grants.ts';
import { type Warehouse, withEngine } from '../iceberg/index.ts';
import { tellIcebergFailures } from './iceberg-failure.ts';
import type { Ledger } from './lake-ledger.ts';
import type { OpenDuckdb } from './open-duckdb.ts';
import type { PlanCache } from './plan-cache.ts';
import { Session, type SessionSettings } from './statement.ts';
import { requireOpen, type StatementLimits, withoutEnd } from './watch-statement.ts';

/** What one read or write works with: a connection, the tables' files through it, and the ledger. */
export interface StoreSession {
  readonly session: Session;
  readonly warehouse: Warehouse;
  readonly ledger: Ledger;
  /** What was planned before, for all sessions. */
  readonly plans: PlanCache;
  /** The tables that SQL which somebody else wrote may name. */
  readonly grants: Grants;
  /**
   * Another connection to the same DuckDB, for a statement that runs beside those of `session`. The caller closes it.
   * Absent where a lake is only looked at.
   */
  readonly openBeside?: (() => Promise<SessionBeside>) | undefined;
  /** What this work was given of the machine, read from the engine itself; absent where nobody asked. */
  readonly inForce?: ComputeInForce | undefined;
}

/** What `session` and `warehouse` are to a StoreSession. */
export interface SessionBeside {
  readonly session: Session;
  readonly warehouse: Warehouse;
}

export interface ComputeInForce {
  readonly threads: number;
  /** As DuckDB says it, e.g. `468.0 MiB`. */
  readonly memory_limit: string;
  readonly file_size_mb: number;
}

/**
 * Hands out sessions: any number of readers, one writer after the other. Other processes write as well; here the turn only
 * keeps two large writes from sharing the memory.
 */
export class Desk {
  readonly #instance: DuckDBInstance;
  readonly #limits: StatementLimits;
  readonly #shared: SharedParts;
  readonly #openSized: OpenSized;
  readonly #closing = new AbortController();
  readonly #atWork = new Set<Promise<unknown>>();
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(
    instance: DuckDBInstance,
    { limits, openSized, ...shared }: SharedParts & { limits: StatementLimits; openSized: OpenSized },
  ) {
    this.#openSized = openSized;
    this.#instance = instance;
    this.#limits = { ...limits, closing: this.#closing.signal };
    this.#shared = shared;
  }

  /** The session is the work's to close. */
  withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#whileOpen(async () =>
      work(await Session.open(this.#instance, this.#settings(this.#limits))),
    );
  }

  /** Work that needs no session. */
  plain<T>(work: () => Promise<T>): Promise<T> {
    return this.#whileOpen(() => tellIcebergFailures(work));
  }

  read<T>(work: (at: StoreSession) => Promise<T>): Promise<T> {
    return this.#whileOpen(() => this.#use(this.#limits, work));
  }

  /**
   * Interrupts what is under way and begins nothing more. Resolves when the work has removed what it had begun to write;
   * undefined when none is under way. How each work ended is told to its caller.
   */
  stop(): Promise<unknown> | undefined {
    this.#closing.abort();
    return this.#atWork.size === 0 ? undefined : Promise.allSettled(this.#atWork);
  }

  write<T>(work: (at: StoreSession) => Promise<T>, compute?: ComputeSize): Promise<T> {
    return this.#inTurn(() => this.#useSized(compute, { limits: this.#limits, work }));
  }

  /** A write whose statements are the lake's own and as long as the file that is loaded. */
  writeLong<T>(work: (at: StoreSession) => Promise<T>, compute?: ComputeSize): Promise<T> {
    return this.#inTurn(() => this.#useSized(compute, { limits: withoutEnd(this.#limits), work }));
  }

  /** A DuckDB of its own: the shared one is locked, and other statements run in it. */
  async #useSized<T>(
    compute: ComputeSize | undefined,
    { limits, work }: { limits: StatementLimits; work: (at: StoreSession) => Promise<T> },
  ): Promise<T> {
    if (compute === undefined) return this.#use(limits, work);
    const own = await this.#openSized(compute);
    try {
      return await this.#workIn(own.instance, { limits, work, compute });
    } finally {
      own.close();
    }
  }

  async #use<T>(limits: StatementLimits, work: (at: StoreSession) => Promise<T>): Promise<T> {
    return this.#workIn(this.#instance, { limits, work });
  }

  async #workIn<T>(
    instance: DuckDBInstance,
    {
      limits,
      work,
      compute,
    }: { limits: StatementLimits; work: (at: StoreSession) => Promise<T>; compute?: ComputeSize },
  ): Promise<T> {
    const { ledger, plans, grants } = this.#shared;
    const fileBytes = compute && compute.file_size_mb * 1024 ** 2;
    const openBeside = async (): Promise<SessionBeside> => {
      const session = await Session.open(instance, this.#settings(limits));
      return { session, warehouse: withEngine(this.#shared.warehouse, session.engine, fileBytes) };
    };
    const { session, warehouse } = await openBeside();
    try {
      const inForce = compute && (await readInForce(session, compute));
      const at = { session, ledger, plans, grants, warehouse, openBeside, inForce };
      return await tellIcebergFailures(() => work(at));
    } finally {
      await session.close();
    }
  }

  #settings(limits: StatementLimits): SessionSettings {
    return { limits, warehouse: this.#shared.warehouse.folder };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#whileOpen(() =>
      this.#lastWrite.then(() => {
        requireOpen(this.#limits);
        return work();
      }),
    );
    // A failed write is told to its caller; the next writer only waits for its end.
    this.#lastWrite = turn.catch(() => undefined);
    return turn;
  }

  async #whileOpen<T>(begin: () => Promise<T>): Promise<T> {
    requireOpen(this.#limits);
    const work = begin();
    this.#atWork.add(work);
    try {
      return await work;
    } finally {
      this.#atWork.delete(work);
    }
  }
}

type SharedParts = Omit<StoreSession, 'session' | 'openBeside' | 'inForce'>;

/** Opens a DuckDB of that size beside the shared one. */
export type OpenSized = (compute: ComputeSize) => Promise<Pick<OpenDuckdb, 'instance' | 'close'>>;

async function readInForce(session: Session, { file_size_mb }: ComputeSize): Promise<ComputeInForce> {
  const found = await session.read(
    "SELECT current_setting('threads')::INTEGER, current_setting('memory_limit')::VARCHAR",
  );
  const [threads, memory] = found.getRows()[0] ?? [];
  return { threads: Number(threads), memory_limit: String(memory), file_size_mb };
}
