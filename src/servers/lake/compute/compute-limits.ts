import type { ComputePart, ComputeSize } from './compute-size.ts';

/** The most that a call gets, and whose word that is. */
export interface ComputeLimits {
  readonly most: ComputeSize;
  /** Per part, what a person changes to allow more: `--max-threads 4`. */
  readonly by: Readonly<Record<ComputePart, string>>;
}

/** Arguments of the server that say how large a call may be. All may be left out. */
export interface ComputeArguments {
  /** Of `--max-threads`, else of `--threads`. */
  readonly maxThreads?: number | undefined;
  readonly threads?: number | undefined;
  /** Of `--max-memory`, else of `--memory`; e.g. `1GB`. */
  readonly maxMemory?: string | undefined;
  readonly memory: string;
  /** Of `--max-file-size`. */
  readonly maxFileSize?: string | undefined;
}

/**
 * Standards that no machine changes: what was granted is part of a recorded run, and a run that was recorded on 64
 * cores must be answered alike on 2. DuckDB runs with more threads than cores, only no faster.
 */
const standardThreads = 4;
const standardFileSize = '512MB';

export function computeLimits(given: ComputeArguments): ComputeLimits {
  const memory = given.maxMemory ?? given.memory;
  const fileSize = given.maxFileSize ?? standardFileSize;
  return {
    most: {
      threads: given.maxThreads ?? given.threads ?? standardThreads,
      memory_mb: megabytesOf(memory),
      file_size_mb: megabytesOf(fileSize),
    },
    by: {
      threads: threadsBy(given),
      memory_mb: given.maxMemory === undefined ? `--memory ${memory}` : `--max-memory ${memory}`,
      file_size_mb: `--max-file-size ${fileSize}${given.maxFileSize === undefined ? ' (the default)' : ''}`,
    },
  };
}

function threadsBy({ maxThreads, threads }: ComputeArguments): string {
  if (maxThreads !== undefined) return `--max-threads ${maxThreads}`;
  return threads === undefined ? `--max-threads ${standardThreads} (the default)` : `--threads ${threads}`;
}

const bytesPerUnit: Readonly<Record<string, number>> = {
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

export const sizePattern: RegExp = /^(\d+(?:\.\d+)?)\s?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i;

/** Whole MiB in a size such as `1GB`, at least 1: `1GB` are 953. */
export function megabytesOf(size: string): number {
  const [, number = '0', unit = ''] = sizePattern.exec(size) ?? [];
  return Math.max(1, Math.floor((Number(number) * (bytesPerUnit[unit.toUpperCase()] ?? 0)) / 1024 ** 2));
}
