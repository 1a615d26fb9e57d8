import { guardGroup } from './group-guard.ts';

/**
 * Children die with us. An orderly end closes each server (see `server-process.ts`); this is for the other ends:
 * an uncaught error, `process.exit`, Ctrl-C, SIGTERM. For `kill -9` there is the guard.
 */
const groups = new Map<number, { readonly dismissGuard: () => void }>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function registerGroup(pid: number): void {
  if (groups.size === 0) {
    process.on('exit', killAll);
    for (const signal of signals) process.on(signal, onSignal);
  }
  groups.set(pid, { dismissGuard: guardGroup(pid) });
}

/** Ends what is left of the group: the program that `npx` started may outlive `npx`. */
export function endGroup(pid: number): void {
  signalGroup(pid, 'SIGKILL');
  groups.get(pid)?.dismissGuard();
  groups.delete(pid);
  if (groups.size > 0) return;
  process.off('exit', killAll);
  for (const signal of signals) process.off(signal, onSignal);
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    // A negative id is the process group; Windows has none, and ends the process alone.
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // ESRCH: nobody is left, which is what was wanted.
  }
}

function killAll(): void {
  for (const [pid, { dismissGuard }] of groups) {
    signalGroup(pid, 'SIGKILL');
    dismissGuard();
  }
}

/** With a listener the signal no longer ends the process. Unless somebody else handles it, do what it would have done. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  killAll();
  for (const name of signals) process.off(name, onSignal);
  process.kill(process.pid, signal);
}
