import { existsSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DefinitionError, messageOf } from '../../errors/index.ts';
import { sizePattern } from './compute/compute-limits.ts';
import { type GrantPatterns, patternProblem } from './grants.ts';
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
  /** The most that one call gets which asks for a size; each has a standard that no machine changes. */
  readonly maxThreads?: number | undefined;
  readonly maxMemory?: string | undefined;
  readonly maxFileSize?: string | undefined;
  /** The most rows that one answer holds. */
  readonly maxRows: number;
  readonly statementTimeoutMs: number;
  /** How long a statement may go on after it was interrupted, before the process ends itself. */
  readonly hardStopMs?: number | undefined;
  /** The most bytes of rows that one answer holds. */
  readonly maxAnswerBytes?: number | undefined;
  /** The most files that one table is read from in one statement. */
  readonly maxFiles?: number | undefined;
  /** The most that DuckDB writes beside its memory, e.g. `10GB`. */
  readonly maxSpill?: string | undefined;
  /** The tables that may be read and written, as patterns; by default all. */
  readonly grants?: GrantPatterns | undefined;
  /** Where Iceberg's REST catalog is served, when it is. */
  readonly rest?: RestAddress | undefined;
}

const usage =
  'aiworkflow server lake --root <dir> [--root <dir>] [--warehouse <dir>] [--memory 1GB] [--threads n] [--max-threads n] [--max-memory 2GB] [--max-file-size 512MB] [--max-rows n] [--statement-timeout-ms n] [--hard-stop-ms n] [--max-answer-bytes n] [--max-files n] [--max-spill 10GB] [--grant-read product_raw.*] [--grant-write product_core.*] [--rest 127.0.0.1:8181 [--rest-token-env <NAME>] [--rest-exposed] [--rest-writes]]';

/** @throws DefinitionError USAGE when an argument is unknown, missing or of the wrong kind. */
export function parseLakeArgs(args: readonly string[]): LakeSettings {
  const { root = [], warehouse, database, memory, threads, ...limits } = parse(args);
  if (database !== undefined) throw databaseIsGone();
  const rest = parseRestAddress(limits, wrongUsage);
  if (root.length === 0 && !rest) throw wrongUsage('The lake needs at least one folder to read from.');
  for (const folder of root) requireFolder(folder);
  const maxThreads = limits['max-threads'];
  return {
    roots: root,
    warehouse: warehouse ?? '.aiworkflow/lake',
    memory: size('--memory', memory) ?? '1GB',
    threads: threads === undefined ? undefined : positive('--threads', threads),
    maxThreads: maxThreads === undefined ? undefined : positive('--max-threads', maxThreads),
    maxMemory: size('--max-memory', limits['max-memory']),
    maxFileSize: size('--max-file-size', limits['max-file-size']),
    ...caps(limits),
    grants: grants(limits, rest !== undefined),
    rest,
  };
}

/** What one statement and its answer may cost. */
function caps(given: Readonly<Record<string, unknown>>) {
  const number = (flag: string, standard: string) => positive(`--${flag}`, String(given[flag] ?? standard));
  return {
    maxRows: number('max-rows', '200'),
    statementTimeoutMs: number('statement-timeout-ms', '60000'),
    hardStopMs: number('hard-stop-ms', '10000'),
    maxAnswerBytes: number('max-answer-bytes', '65536'),
    maxFiles: number('max-files', '20000'),
    maxSpill: size('--max-spill', String(given['max-spill'] ?? '10GB')),
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
        'max-threads': text,
        'max-memory': text,
        'max-file-size': text,
        'max-rows': text,
        'statement-timeout-ms': text,
        'hard-stop-ms': text,
        'max-answer-bytes': text,
        'max-files': text,
        'max-spill': text,
        'grant-read': { type: 'string', multiple: true },
        'grant-write': { type: 'string', multiple: true },
        rest: text,
        'rest-token-env': text,
        'rest-exposed': { type: 'boolean' },
        'rest-writes': { type: 'boolean' },
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

function size(flag: string, value: string | undefined): string | undefined {
  if (value === undefined || sizePattern.test(value)) return value;
  throw wrongUsage(`${flag} "${value}" is not a size such as 512MB or 1GB.`);
}

function grants(
  { 'grant-read': read, 'grant-write': write }: { 'grant-read'?: string[]; 'grant-write'?: string[] },
  isServed: boolean,
): GrantPatterns {
  const problem = [...(read ?? []), ...(write ?? [])]
    .map(patternProblem)
    .find((found) => found !== undefined);
  if (problem !== undefined) throw wrongUsage(problem);
  if (isServed && (read ?? write) !== undefined) {
    throw wrongUsage(
      '--rest serves every table: it does not go together with --grant-read and --grant-write.',
    );
  }
  return { read, write };
}

function positive(flag: string, value: string): number {
  if (!/^[1-9]\d{0,14}$/.test(value)) throw wrongUsage(`${flag} "${value}" is not a positive whole number.`);
  return Number(value);
}

function wrongUsage(message: string): DefinitionError {
  return new DefinitionError({ code: 'USAGE', message, hint: usage });
}
