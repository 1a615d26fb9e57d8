import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const callsFile = 'calls.jsonl';

/** `begun`: it came in; `done`: its work is done; `answered`: the server gave its answer; `asked`: a probe came in. */
export interface DeskLine {
  readonly phase: 'begun' | 'done' | 'answered' | 'asked';
  readonly tool: string;
  readonly item: string;
  /** The idempotency key of the call. */
  readonly key: string;
  readonly pid: number;
  readonly result?: string;
}

/** What the tools were really asked and did, in order. */
export function readDesk(folder: string): readonly DeskLine[] {
  const file = join(folder, callsFile);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): DeskLine => JSON.parse(line));
}

/** The work of a call, if it was done. */
export const workOf = (lines: readonly DeskLine[], key: string): DeskLine | undefined =>
  lines.find((line) => line.phase === 'done' && line.key === key);

/** What reads and what may be repeated answers the same each time; the others count: a second one shows in the answer. */
export function resultOf(
  lines: readonly DeskLine[],
  { tool, item }: { readonly tool: string; readonly item: string },
): string {
  if (tool === 'look' || tool === 'put') return `${tool} ${item}`;
  const before = lines.filter((line) => line.phase === 'done' && line.tool === tool && line.item === item);
  return `${tool} ${item} number ${before.length + 1}`;
}
