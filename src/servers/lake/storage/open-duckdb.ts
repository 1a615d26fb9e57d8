import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { DefinitionError, messageOf } from '../../../errors/index.ts';
import { quoteText } from './quote-sql.ts';
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
    const scratch = makeScratchFolder(warehouse, String(++opened));
    const instance = await createInstance(settings, { warehouse, scratch });
    return {
      instance,
      warehouse,
      close: () => {
        instance.closeSync();
        rmSync(scratch, { recursive: true, force: true });
      },
    };
  } catch (error) {
    throw cannotOpen(settings.warehouse, error);
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
  folders: { warehouse: string; scratch: string },
): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memory,
    ...(threads !== undefined && { threads: String(threads) }),
  });
  const connection = await instance.connect();
  try {
    await lock(connection, { ...folders, maxSpill });
  } finally {
    connection.closeSync();
  }
  return instance;
}

async function lock(
  connection: DuckDBConnection,
  { warehouse, scratch, maxSpill }: { warehouse: string; scratch: string; maxSpill: string | undefined },
): Promise<void> {
  for (const statement of [
    // Dates without a zone must not mean another instant on another machine.
    "SET GLOBAL TimeZone='UTC'",
    'SET GLOBAL autoinstall_known_extensions=false',
    'SET GLOBAL autoload_known_extensions=false',
    `SET GLOBAL temp_directory=${quoteText(scratch)}`,
    // Only now: a limit that is given before there is a folder is shown, and not kept.
    ...(maxSpill === undefined ? [] : [`SET GLOBAL max_temp_directory_size=${quoteText(maxSpill)}`]),
    `SET GLOBAL allowed_directories=[${quoteText(warehouse)}]`,
    'SET GLOBAL enable_external_access=false',
    'SET GLOBAL lock_configuration=true',
  ]) {
    await connection.run(statement);
  }
}

function cannotOpen(warehouse: string, error: unknown): DefinitionError {
  return new DefinitionError({
    code: 'FILE_UNREADABLE',
    message: `The lake's warehouse ${warehouse} cannot be opened: ${messageOf(error)}`,
    hint: 'give a folder that this user may write, or a new name: --warehouse <dir>.',
    cause: error,
  });
}
