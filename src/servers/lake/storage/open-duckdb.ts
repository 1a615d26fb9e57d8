import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { DefinitionError, messageOf } from '../../../errors/index.ts';

export interface DuckdbSettings {
  /** A file, made with its folders when it is absent, or `:memory:`. */
  readonly database: string;
  readonly memory: string;
  readonly threads: number | undefined;
}

/**
 * A DuckDB that can reach its own file and nothing else: no other file, no network, no extension, and no way back.
 * @throws DefinitionError FILE_UNREADABLE when the file is locked, foreign or not writable; says what to do.
 */
export async function openDuckdb(settings: DuckdbSettings): Promise<DuckDBInstance> {
  const instance = await openInstance(settings);
  const connection = await instance.connect();
  try {
    await lock(connection);
  } finally {
    connection.closeSync();
  }
  return instance;
}

async function openInstance(settings: DuckdbSettings): Promise<DuckDBInstance> {
  const { database } = settings;
  const giveUpAt = Date.now() + lockWaitMs;
  for (;;) {
    try {
      if (database !== ':memory:') mkdirSync(dirname(resolve(database)), { recursive: true });
      return await createInstance(settings);
    } catch (error) {
      if (!isLockConflict(error) || Date.now() >= giveUpAt) throw cannotOpen(database, error);
      await setTimeout(lockPollMs);
    }
  }
}

/**
 * An MCP client that negotiates the protocol over stdio starts the server once to ask and once to work: the second
 * process may come while the first still holds the file.
 */
const lockWaitMs = 2000;
const lockPollMs = 100;

function createInstance({ database, memory, threads }: DuckdbSettings): Promise<DuckDBInstance> {
  return DuckDBInstance.create(database, {
    memory_limit: memory,
    ...(threads !== undefined && { threads: String(threads) }),
  });
}

function isLockConflict(error: unknown): boolean {
  return /could not set lock/i.test(messageOf(error));
}

async function lock(connection: DuckDBConnection): Promise<void> {
  for (const statement of [
    // Dates without a zone must not mean another instant on another machine.
    "SET GLOBAL TimeZone='UTC'",
    'SET GLOBAL autoinstall_known_extensions=false',
    'SET GLOBAL autoload_known_extensions=false',
    'SET GLOBAL enable_external_access=false',
    'SET GLOBAL lock_configuration=true',
  ]) {
    await connection.run(statement);
  }
}

function cannotOpen(database: string, error: unknown): DefinitionError {
  const reason = messageOf(error);
  const isLocked = isLockConflict(error);
  const pid = /PID (\d+)/.exec(reason)?.[1];
  return new DefinitionError({
    code: 'FILE_UNREADABLE',
    message: isLocked
      ? `The lake's database ${database} is in use by another process${pid ? ` (PID ${pid})` : ''}.`
      : `The lake's database ${database} cannot be opened: ${reason}`,
    hint: isLocked
      ? 'wait for the other run to end or stop that process; or give this one a file of its own: --database <file>.'
      : 'give a DuckDB file that this user may write, or a new name: --database <file>.',
    cause: error,
  });
}
