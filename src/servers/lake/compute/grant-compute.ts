import type { ComputeLimits } from './compute-limits.ts';
import { type ComputeAsk, type ComputePart, type ComputeSize, computeParts } from './compute-size.ts';

export interface Clamp {
  readonly what: ComputePart;
  readonly asked: number;
  readonly granted: number;
  /** The argument of the server, or the floor, that decided. */
  readonly by: string;
}

/** Below this DuckDB fails at work that it could spill: buffers of one row group per thread have to fit. */
const leastMemoryMb = 128;
const leastMemoryPerThreadMb = 64;
/** Files that are smaller cost more in metadata than they save. */
const leastFileSizeMb = 1;

/**
 * What is asked for, or else the standard, within the limits. Never fails: a call that asks for too much runs with what
 * it may have, and is told so.
 */
export function grantCompute(
  ask: ComputeAsk,
  { standard, limits }: { standard: ComputeSize; limits: ComputeLimits },
): { readonly granted: ComputeSize; readonly clamped: readonly Clamp[] } {
  const wanted = { ...standard, ...definedOf(ask) };
  const threads = Math.min(wanted.threads, limits.most.threads);
  const floors: ComputeSize = {
    threads: 1,
    memory_mb: Math.min(limits.most.memory_mb, Math.max(leastMemoryMb, threads * leastMemoryPerThreadMb)),
    file_size_mb: Math.min(limits.most.file_size_mb, leastFileSizeMb),
  };
  const clamps = computeParts.map((what): Clamp => {
    const asked = wanted[what];
    if (asked > limits.most[what]) return { what, asked, granted: limits.most[what], by: limits.by[what] };
    if (asked >= floors[what]) return { what, asked, granted: asked, by: '' };
    return { what, asked, granted: floors[what], by: `the least that ${threads} threads work with` };
  });
  const of = (part: ComputePart): number => clamps.find(({ what }) => what === part)?.granted ?? floors[part];
  return {
    granted: { threads: of('threads'), memory_mb: of('memory_mb'), file_size_mb: of('file_size_mb') },
    clamped: clamps.filter(({ asked, granted }) => asked !== granted),
  };
}

function definedOf(ask: ComputeAsk): Partial<ComputeSize> {
  return Object.fromEntries(
    computeParts.flatMap((part) => (ask[part] === undefined ? [] : [[part, ask[part]]])),
  );
}
