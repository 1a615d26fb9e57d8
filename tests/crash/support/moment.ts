import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningCli } from '../../cli/support/run-cli.ts';
import { callsFile } from './desk-calls.ts';
import type { Harbour } from './harbour.ts';
import type { ModelServer } from './model-server.ts';

/**
 * When the program is to die: after so many milliseconds, so many lines that the tools wrote, so many requests to
 * the model, or so many writes to the log, counted from its start. `thenMs` later, so that it is not always at the same point.
 */
export interface Moment {
  readonly after: 'milliseconds' | 'tool lines' | 'model requests' | 'log writes';
  readonly count: number;
  readonly thenMs: number;
}

/** Most undisturbed runs have so much of it; what comes after the end kills nobody. */
const most = { milliseconds: 1000, 'tool lines': 45, 'model requests': 15, 'log writes': 45 };

export function randomMoment(random: () => number): Moment {
  const kinds = ['milliseconds', 'tool lines', 'model requests', 'log writes'] as const;
  const after = kinds[Math.floor(random() * kinds.length)] ?? 'milliseconds';
  return {
    after,
    count: 1 + Math.floor(random() * most[after]),
    thenMs: Math.floor(random() * random() * 20),
  };
}

export const describeMoment = ({ after, count, thenMs }: Moment): string =>
  `${count} ${after}${thenMs > 0 ? ` and ${thenMs} ms` : ''}`;

/** Resolves with true at the moment, with false when the program ends before it. */
export async function reach(
  { harbour, model, running }: { harbour: Harbour; model: ModelServer; running: RunningCli },
  { after, count, thenMs }: Moment,
): Promise<boolean> {
  const counter = counterOf(after, { harbour, model });
  const ended = { yet: false };
  const end = running.done.then(
    () => (ended.yet = true),
    () => (ended.yet = true),
  );
  const before = counter();
  while (!ended.yet && counter() - before < count) await Promise.race([sleep(1), end]);
  if (thenMs > 0) await Promise.race([sleep(thenMs), end]);
  return !ended.yet;
}

function counterOf(
  after: Moment['after'],
  { harbour, model }: { readonly harbour: Harbour; readonly model: ModelServer },
): () => number {
  const startMs = performance.now();
  if (after === 'milliseconds') return () => performance.now() - startMs;
  if (after === 'model requests') return () => model.requests();
  const file = after === 'tool lines' ? join(harbour.dir, callsFile) : `${harbour.database}-wal`;
  return changesOf(file);
}

/** How often the file was seen to have changed: each commit of the log, and each line of the tools, is a write. */
function changesOf(file: string): () => number {
  let last = stampOf(file);
  let changes = 0;
  return () => {
    const now = stampOf(file);
    if (now !== last) changes += 1;
    last = now;
    return changes;
  };
}

function stampOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.size} ${stats.mtimeNs}` : '';
}
