import { Worker } from 'node:worker_threads';

export interface HashedFile {
  /** 64 hex digits. */
  readonly sha256: string;
  /** Bytes that were read. */
  readonly size: number;
}

export interface RunningHash {
  readonly hashed: Promise<HashedFile>;
  /** Nobody needs the hash any more. */
  stop(): Promise<unknown>;
}

/** Hashes a file in a thread of its own, so that this one can look at its bytes in the meantime. */
export function hashBeside(file: string): RunningHash {
  // In src/ it is TypeScript; tsc and the bundle put it, as JavaScript, beside what this file becomes.
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./hash-worker.${ending}`, import.meta.url), {
    workerData: file,
    // Flags that this process was started with (`--input-type`) may be none for a thread.
    execArgv: [],
  });
  const hashed = new Promise<HashedFile>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error(`The thread that hashes ${file} ended without a hash.`)));
  });
  return { hashed, stop: () => worker.terminate() };
}
