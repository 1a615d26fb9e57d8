import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasEnded, thisProcess } from './lake-ledger.ts';

/** A folder of this process for what is larger than its memory; the owner removes it, or whoever opens the lake after its death. */
export function makeScratchFolder(warehouse: string, what: string): string {
  const path = join(warehouse, folder, `${thisProcess().replaceAll('/', sign)}${sign}${what}`);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Removes what processes of this machine left that were killed. Of a process elsewhere nobody here knows whether it lives. */
export function removeDeadScratch(warehouse: string): void {
  for (const name of namesIn(join(warehouse, folder))) {
    const [host, pid, start, what] = name.split(sign);
    if (what === undefined || !hasEnded(`${host}/${pid}/${start}`)) continue;
    try {
      rmSync(join(warehouse, folder, name), { recursive: true, force: true });
    } catch {
      // Another process removes the same one, or it is another user's: `lake orphans` lists what stays.
    }
  }
}

export interface LivingWriters {
  /** Their folders for what is larger than their memory. */
  readonly folders: readonly string[];
  /** When the first of them began, in milliseconds since 1970: what no table names and is younger may be theirs. */
  readonly sinceMs: number;
  /** Each once, the first that began first. */
  readonly processes: readonly LivingProcess[];
}

export interface LivingProcess {
  readonly host: string;
  readonly pid: number;
  readonly startedMs: number;
}

/** The processes that have the lake open. One elsewhere counts as living: nobody here can tell. */
export function livingWriters(warehouse: string): LivingWriters {
  const living = namesIn(join(warehouse, folder)).flatMap((name) => {
    const [host, pid, start, what] = name.split(sign);
    if (what === undefined || hasEnded(`${host}/${pid}/${start}`)) return [];
    return [
      { path: join(warehouse, folder, name), host: host ?? '', pid: Number(pid), startedMs: Number(start) },
    ];
  });
  const byProcess = Map.groupBy(living, ({ host, pid, startedMs }) => `${host}/${pid}/${startedMs}`);
  const processes = [...byProcess.values()].flatMap((same) => same.slice(0, 1));
  return {
    folders: living.map(({ path }) => path),
    sinceMs: Math.min(...living.map(({ startedMs }) => startedMs)),
    processes: processes
      .map(({ host, pid, startedMs }) => ({ host, pid, startedMs }))
      .toSorted((left, right) => left.startedMs - right.startedMs),
  };
}

const folder = '.scratch';
// In no name of a host.
const sign = '~';

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    // The first process that opens a lake finds none.
    return [];
  }
}
