import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../../bin/aiworkflow.mjs', import.meta.url));

export interface CliResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly done: Promise<CliResult>;
  /** Resolves when standard output and error together hold the text. */
  saw(text: string): Promise<void>;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

const started = new Set<ChildProcess>();

/** Ends what a failed test has left running. Its tool servers leave when their input ends. */
export function endLeftovers(): void {
  for (const child of started) child.kill('SIGKILL');
}

/** The built program as a process of its own, without keys and colours of this machine. */
export function startCli(args: readonly string[], { cwd, env = {} }: CliOptions): RunningCli {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [cli, ...args], {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child);
  child.once('exit', () => started.delete(child));
  const output = { stdout: '', stderr: '' };
  const waiting = new Set<() => void>();
  const collect = (name: 'stdout' | 'stderr') => (chunk: Buffer) => {
    output[name] += chunk.toString('utf8');
    for (const look of waiting) look();
  };
  child.stdout.on('data', collect('stdout'));
  child.stderr.on('data', collect('stderr'));
  const done = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  const saw = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!(output.stdout + output.stderr).includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      done.then(
        () => reject(new Error(`ended without "${text}":\n${output.stdout}${output.stderr}`)),
        reject,
      );
    });
  return { child, done, saw };
}

export const runCli = (args: readonly string[], options: CliOptions): Promise<CliResult> =>
  startCli(args, options).done;
