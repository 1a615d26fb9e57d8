import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { DefinitionError, messageOf } from '../../../errors/index.ts';
import { lockDuckdb } from './lock-duckdb.ts';
import { makeScratchFolder, removeDeadScratch } from './scratch-folders.ts';

export interface DuckdbSettings {
  /** The folder of the tables, made when it is absent. */
  readonly warehouse: string;
  readonly memory: string;
  readonly threads: number | undefined;
  /** The most that is written beside the memory, e.g. `10GB`. */
  readonly maxSpill?: string | undefined;
}

export interface OpenDuckdb {
  readonly instance: DuckDBInstance;
  /** The warehouse's real path: links are followed once, here. */
  readonly warehouse: string;
  close(): void;
}

/**
 * A DuckDB in memory that can reach the warehouse's folder and nothing else: no other file, no network, no extension, and no
 * way back. Work that is larger than its memory spills into `.scratch/<process>` of the warehouse.
 * @throws DefinitionError FILE_UNREADABLE when the folder cannot be made or written.
 */
export async function openDuckdb(settings: DuckdbSettings): Promise<OpenDuckdb> {
  try {
    const warehouse = makeWarehouse(settings.warehouse);
    removeDeadScratch(warehouse);
    return await openWith(settings, {
      warehouse,
      scratch: makeScratchFolder(warehouse, String(++opened)),
    });
  } catch (error) {
    throw cannotOpen(settings.warehouse, error);
  }
}

/** The same for who only looks at a warehouse, maybe a copy on a read-only disk: it spills into the system's temporary folder. */
export async function openDuckdbToLook(settings: DuckdbSettings): Promise<OpenDuckdb> {
  const warehouse = realpathSync(resolve(settings.warehouse));
  const scratch = mkdtempSync(join(tmpdir(), 'aiworkflow-lake-'));
  const forget = onEndBySignal(() => rmSync(scratch, { recursive: true, force: true }));
  const opened = await openWith(settings, { warehouse, scratch });
  const close = () => {
    opened.close();
    forget();
  };
  return { ...opened, close };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Nobody comes by later who would remove what an interrupted question has spilled there. */
function onEndBySignal(work: () => void): () => void {
  const end = (signal: NodeJS.Signals) => {
    forget();
    work();
    process.kill(process.pid, signal);
  };
  const forget = () => {
    for (const signal of signals) process.off(signal, end);
  };
  for (const signal of signals) process.on(signal, end);
  return forget;
}

async function openWith(
  settings: DuckdbSettings,
  { warehouse, scratch }: { readonly warehouse: string; readonly scratch: string },
): Promise<OpenDuckdb> {
  const removeScratch = () => rmSync(scratch, { recursive: true, force: true });
  try {
    const instance = await createInstance(settings, { warehouse, scratch });
    const close = () => {
      instance.closeSync();
      removeScratch();
    };
    return { instance, warehouse, close };
  } catch (error) {
    removeScratch();
    throw error;
  }
}

// One process may open a warehouse more than once; what one of them spills is not the other's to remove.
let opened = 0;

function makeWarehouse(folder: string): string {
  const path = resolve(folder);
  mkdirSync(path, { recursive: true });
  return realpathSync(path);
}

async function createInstance(
  { memory, threads, maxSpill }: DuckdbSettings,
  { warehouse, scratch }: { readonly warehouse: string; readonly scratch: string },
): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memory,
    ...(threads !== undefined && { threads: String(threads) }),
  });
  const connection = await instance.connect();
  try {
    await lockDuckdb(connection, { folder: warehouse, scratch, maxSpill });
  } finally {
    connection.closeSync();
  }
  return instance;
}

function cannotOpen(warehouse: string, error: unknown): DefinitionError {
  return new DefinitionError({
    code: 'FILE_UNREADABLE',
    message: `The lake's warehouse ${warehouse} cannot be opened: ${messageOf(error)}`,
    hint: 'give a folder that this user may write, or a new name: --warehouse <dir>.',
    cause: error,
  });
}
