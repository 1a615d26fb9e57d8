import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { endGroup, registerGroup, signalGroup } from './child-registry.ts';

export interface StdioLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface ServerProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** The last 4 KB of what it wrote to standard error. */
  stderrTail(): string;
  /** Resolves when it has ended, with how ("exit code 1", "signal SIGKILL"). Its whole group is gone then. */
  readonly ended: Promise<string>;
  /** Closes its input, waits, asks, and at last kills. Resolves when it has ended. */
  close(): Promise<void>;
  /** While nothing is held the process does not keep our own program running. */
  hold(): void;
  release(): void;
}

const stderrTailBytes = 4096;
// A server that writes its state on leaving has this long, twice: after the end of its input, and after SIGTERM.
const graceMs = 2000;
const drainMs = 500;

/** Starts the program in a process group of its own. Rejects when it cannot be started (no such command). */
export async function startServerProcess(launch: StdioLaunch): Promise<ServerProcess> {
  const child = spawn(launch.command, launch.args, {
    cwd: launch.cwd,
    env: { ...launch.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // Own group: what it starts can be ended with it, and Ctrl-C in the terminal reaches us alone, so that the
    // calls in flight end in order instead of losing their server first.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  // The reason of a failed write is in the write's own callback; without a listener it would end our program.
  child.stdin.on('error', () => {});
  await started(child);
  const pid = child.pid ?? 0;
  registerGroup(pid);
  const ended = endOf(child, pid);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderrTail: keepTail(child.stderr),
    ended,
    close: () => closeChild(child, ended),
    hold: () => eachHandle(child, 'ref'),
    release: () => eachHandle(child, 'unref'),
  };
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function started(child: Child): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}

/**
 * On `exit` the rest of the group is ended, so that nobody holds the pipes; then what the server wrote last is read
 * (`close`). Without the timer a stream that nobody reads would keep us waiting.
 */
function endOf(child: Child, pid: number): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      endGroup(pid);
      const how = signal ? `signal ${signal}` : `exit code ${code}`;
      const timer = setTimeout(() => resolve(how), drainMs);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(how);
      });
    });
  });
}

function keepTail(stream: Readable): () => string {
  let tail: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-stderrTailBytes);
  });
  return () => tail.toString('utf8').trim();
}

async function closeChild(child: Child, ended: Promise<string>): Promise<void> {
  eachHandle(child, 'ref');
  child.stdin.end();
  const pid = child.pid ?? 0;
  if (!(await endsWithin(ended, graceMs))) {
    signalGroup(pid, 'SIGTERM');
    if (!(await endsWithin(ended, graceMs))) signalGroup(pid, 'SIGKILL');
  }
  await ended;
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
}

async function endsWithin(ended: Promise<string>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const outcome = await Promise.race([ended.then(() => true), timeout]);
  clearTimeout(timer);
  return outcome;
}

function eachHandle(child: Child, change: 'ref' | 'unref'): void {
  child[change]();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    // A child's pipes are sockets, which the types do not say. One that is gone would wait for a connection that never
    // comes, with one listener more for each call.
    if (!stream.destroyed) (stream as unknown as Socket)[change]();
  }
}
