import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Measurement, WorkerOrder } from './worker.ts';

/** Databases and caches of the benchmark; nothing in it is worth keeping. */
export const scratch = join(import.meta.dirname, '.tmp');
mkdirSync(scratch, { recursive: true });

/**
 * The children's environment: no proxy, and a compile cache of the benchmark's own. With it a worker does not load
 * the compiler that strips types, which would count as 17 MB of every subject's memory.
 */
export function childEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(https?_proxy|all_proxy|node_options)$/i.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    NODE_ENV: 'production',
    NODE_COMPILE_CACHE: join(scratch, 'compile-cache'),
  };
}

export interface MockServer {
  readonly origin: string;
  stop(): void;
}

export async function startMockServer(): Promise<MockServer> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'mock-model.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: childEnvironment(),
  });
  const [port] = await once(child.stdout, 'data');
  return { origin: `http://127.0.0.1:${String(port).trim()}`, stop: () => child.stdin.end() };
}

/** Longer than any case takes; a subject that hangs must not hold up the others for ever. */
const timeoutMs = 180_000;

/** Measures one subject in a process of its own. Throws what the process said when it failed. */
export async function measureInWorker(order: WorkerOrder): Promise<Measurement> {
  removeDatabase(order.dbPath);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'worker.ts'), JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: childEnvironment(),
    timeout: timeoutMs,
  });
  const { code, stdout, stderr } = await outputOf(child);
  removeDatabase(order.dbPath);
  if (code !== 0) throw new Error(`${order.subject}: exit ${code}: ${stderr.trim().slice(0, 600)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measurement;
}

export async function outputOf(child: ChildProcess) {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code: code ?? signal, stdout, stderr };
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
}
