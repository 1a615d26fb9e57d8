import type { Hash } from '../domain/hash.ts';

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Milliseconds that only grow, for durations. */
  monotonicMs(): number;
  /** Rejects with InterruptedError when the signal fires first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface Ids {
  /** A new run id: sortable by time, unique, easy to type the beginning of. */
  runId(): string;
}

/** SHA-256 of UTF-8 text. A port because engine/ knows no crypto. */
export type HashText = (text: string) => Hash;

/** Replaces configured secret values in text, so that neither model nor log ever sees one that a tool leaked. */
export type Scrub = (text: string) => string;
