import { existsSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DefinitionError, messageOf } from '../../errors/index.ts';
import { parseRestAddress, type RestAddress } from './rest-address.ts';

/** What `aiworkflow server lake` is started with. */
export interface LakeSettings {
  /** Folders that may be read, as they were written. */
  readonly roots: readonly string[];
  /** The folder of the tables, as it was written. */
  readonly warehouse: string;
  /** DuckDB's memory limit, e.g. `1GB`. */
  readonly memory: string;
  readonly threads: number | undefined;
  /** The most rows that one answer holds. */
  readonly maxRows: number;
  readonly statementTimeoutMs: number;
  /** Where Iceberg's REST catalog is served, when it is. */
  readonly rest?: RestAddress | undefined;
}

const usage =
  'aiworkflow server lake --root <dir> [--root <dir>] [--warehouse <dir>] [--memory 1GB] [--threads n] [--max-rows n] [--statement-timeout-ms n] [--rest 127.0.0.1:8181 [--rest-token-env <NAME>] [--rest-exposed]]';

/** @throws DefinitionError USAGE when an argument is unknown, missing or of the wrong kind. */
export function parseLakeArgs(args: readonly string[]): LakeSettings {
  const { root = [], warehouse, database, memory, threads, ...limits } = parse(args);
  if (database !== undefined) throw databaseIsGone();
  const rest = parseRestAddress(limits, wrongUsage);
  if (root.length === 0 && !rest) throw wrongUsage('The lake needs at least one folder to read from.');
  for (const folder of root) requireFolder(folder);
  if (memory !== undefined && !/^\d+(\.\d+)?\s?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i.test(memory)) {
    throw wrongUsage(`--memory "${memory}" is not a size such as 512MB or 1GB.`);
  }
  return {
    roots: root,
    warehouse: warehouse ?? '.aiworkflow/lake',
    memory: memory ?? '1GB',
    threads: threads === undefined ? undefined : positive('--threads', threads),
    maxRows: positive('--max-rows', limits['max-rows'] ?? '200'),
    statementTimeoutMs: positive('--statement-timeout-ms', limits['statement-timeout-ms'] ?? '60000'),
    rest,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        root: { type: 'string', multiple: true },
        warehouse: text,
        database: text,
        memory: text,
        threads: text,
        'max-rows': text,
        'statement-timeout-ms': text,
        rest: text,
        'rest-token-env': text,
        'rest-exposed': { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw wrongUsage(messageOf(error));
  }
}

function requireFolder(folder: string): void {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw wrongUsage(`--root "${folder}" is not a folder.`);
  }
}

/** The tables of a DuckDB file cannot be read as a warehouse: taking its name for a folder would begin an empty lake. */
function databaseIsGone(): DefinitionError {
  return new DefinitionError({
    code: 'USAGE',
    message: 'The lake keeps its tables in a folder, not in a DuckDB file: there is no --database.',
    hint: `write --warehouse <dir> (.aiworkflow/lake by default) and ingest the files into it. ${usage}`,
  });
}

function positive(flag: string, value: string): number {
  if (!/^[1-9]\d{0,14}$/.test(value)) throw wrongUsage(`${flag} "${value}" is not a positive whole number.`);
  return Number(value);
}

function wrongUsage(message: string): DefinitionError {
  return new DefinitionError({ code: 'USAGE', message, hint: usage });
}
