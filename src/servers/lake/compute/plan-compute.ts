import type { ComputeLimits } from './compute-limits.ts';
import type { ComputeAsk, ComputeSize } from './compute-size.ts';
import { type Clamp, grantCompute } from './grant-compute.ts';

/** How much there is to do. What is not known is left out and estimated. */
export interface WorkSize {
  readonly bytes: number;
  readonly rows?: number | undefined;
  readonly files?: number | undefined;
  readonly columns?: number | undefined;
}

/** A cluster that a policy of the project names; the lake itself starts none. */
export interface ClusterPolicy {
  readonly name: string;
  readonly cores_per_executor: number;
  /** How many tasks one core works off, one after the other. */
  readonly waves: number;
  readonly max_executors: number;
}

export interface ComputePlan {
  readonly proposed: ComputeSize;
  readonly granted: ComputeSize;
  readonly clamped: readonly Clamp[];
  readonly executors?: ExecutorPlan;
  /** Sentences with the numbers that were used. */
  readonly reasoning: readonly string[];
}

export interface ExecutorPlan {
  readonly cluster: string;
  readonly proposed: number;
  readonly granted: number;
}

const mib = 1024 ** 2;
/** What one thread is worth starting for: a second or two of reading CSV. */
const bytesPerThread = 128 * mib;
/** DuckDB's row group: each thread holds one while it writes. */
const rowsPerGroup = 122_880;
const baseMemoryMb = 128;
const memoryPerThreadMb = 128;
/** CSV becomes zstd Parquet of about a quarter of its size (measured on product feeds: 1.8 GB gave 0.4 to 0.5 GB). */
const parquetShare = 4;
const typicalRowBytes = 200;
const bytesPerColumn = 16;

/**
 * A size for the work: the same for the same numbers and limits, on any machine and at any hour, because the answer
 * is part of a recorded run. Free memory is therefore not looked at.
 */
export function planCompute(
  work: WorkSize,
  {
    ask,
    limits,
    cluster,
  }: { ask?: ComputeAsk | undefined; limits: ComputeLimits; cluster?: ClusterPolicy | undefined },
): ComputePlan {
  const proposed = proposeSize(work);
  const { granted, clamped } = grantCompute(ask ?? {}, { standard: proposed, limits });
  const executors = cluster && executorsFor(work, cluster);
  return {
    proposed,
    granted,
    clamped,
    ...(executors && { executors }),
    reasoning: [
      ...reasonsOf(work, proposed),
      ...clamped.map((clamp) => `${clamp.what}: ${clamp.asked} became ${clamp.granted} by ${clamp.by}`),
      ...(executors && cluster ? [executorReason(work, { cluster, executors })] : []),
    ],
  };
}

/** What a call gets that asks for nothing: enough for any file, as the lake streams and spills. */
export function standardCompute({ most }: ComputeLimits): ComputeSize {
  return { ...most, file_size_mb: Math.min(most.file_size_mb, usualFileMb) };
}

const usualFileMb = 128;
const parquetMbPerStep = 32 * 1024;

function proposeSize(work: WorkSize): ComputeSize {
  const threads = Math.max(1, Math.ceil(work.bytes / bytesPerThread));
  const parquetMb = work.bytes / parquetShare / mib;
  return {
    threads,
    memory_mb: baseMemoryMb + threads * (memoryPerThreadMb + groupMb(work)),
    // A table of 32 GiB is 256 files of 128 MiB: above, files grow, so that plans stay short.
    file_size_mb: usualFileMb * Math.min(4, 2 ** Math.floor(parquetMb / parquetMbPerStep)),
  };
}

/** Two row groups: one is filled while the other is compressed. */
function groupMb(work: WorkSize): number {
  const rows = Math.min(rowsPerGroup, work.rows ?? rowsPerGroup);
  return Math.ceil((2 * rows * rowBytes(work)) / mib);
}

function rowBytes({ bytes, rows, columns }: WorkSize): number {
  if (rows !== undefined && rows > 0) return Math.ceil(bytes / rows);
  return columns === undefined ? typicalRowBytes : columns * bytesPerColumn;
}

function reasonsOf(work: WorkSize, proposed: ComputeSize): string[] {
  const measured = work.rows !== undefined && work.rows > 0;
  const source = measured
    ? 'bytes / rows'
    : work.columns === undefined
      ? 'assumed'
      : `${work.columns} columns of ${bytesPerColumn}`;
  return [
    `${shownBytes(work.bytes)}${work.files === undefined ? '' : ` in ${work.files} files`}: one thread per 128 MiB gives ${proposed.threads}`,
    `memory: ${baseMemoryMb} MiB, and per thread ${memoryPerThreadMb} and two row groups of ${groupMb(work)} MiB together (${rowBytes(work)} bytes a row, ${source}) gives ${proposed.memory_mb} MiB`,
    `Parquet takes about a quarter, ${shownBytes(work.bytes / parquetShare)}: files of ${proposed.file_size_mb} MiB`,
  ];
}

function executorsFor({ bytes }: WorkSize, cluster: ClusterPolicy): ExecutorPlan {
  const { name, cores_per_executor: cores, waves, max_executors: most } = cluster;
  const proposed = Math.max(1, Math.ceil(bytes / (bytesPerThread * cores * waves)));
  return { cluster: name, proposed, granted: Math.min(proposed, most) };
}

function executorReason(
  { bytes }: WorkSize,
  { cluster, executors }: { cluster: ClusterPolicy; executors: ExecutorPlan },
): string {
  const { name, cores_per_executor: cores, waves, max_executors: most } = cluster;
  return `${name}: ${shownBytes(bytes)} / (128 MiB x ${cores} cores x ${waves} waves) gives ${executors.proposed} executors, at most ${most}: ${executors.granted}; the lake itself runs on one machine`;
}

function shownBytes(bytes: number): string {
  if (bytes < mib) return `${Math.round(bytes)} bytes`;
  return bytes < 1024 * mib ? `${(bytes / mib).toFixed(1)} MiB` : `${(bytes / 1024 / mib).toFixed(2)} GiB`;
}
