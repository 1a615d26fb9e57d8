import { changingColumns } from '../storage/audit-columns.ts';
import type { ResultColumn, ResultRows } from '../storage/table-store.ts';

const longestCell = 500;
const standardBytes = 64 * 1024;

/** Rows as they may be shown: without clock readings and ids of runs, long texts cut, and no more than fit into an answer. */
export function fitRows(
  { columns, rows }: ResultRows,
  mostBytes: number = standardBytes,
): {
  columns: ResultColumn[];
  rows: Record<string, unknown>[];
} {
  const shown = columns.filter(({ name }) => !changingColumns.has(name));
  // Even one row fits, however many columns it has.
  const longest = Math.min(longestCell, Math.max(20, Math.floor(mostBytes / (2 * shown.length + 1))));
  const fitted: Record<string, unknown>[] = [];
  let bytes = 0;
  for (const row of rows) {
    const cells = Object.fromEntries(shown.map(({ name }) => [name, cut(row[name], longest)]));
    bytes += Buffer.byteLength(JSON.stringify(cells));
    if (bytes > mostBytes && fitted.length > 0) break;
    fitted.push(cells);
  }
  return { columns: shown, rows: fitted };
}

function cut(value: unknown, longest: number): unknown {
  if (typeof value === 'string') return cutText(value, longest);
  if (typeof value !== 'object' || value === null) return value;
  const text = JSON.stringify(value);
  return text.length > longest ? cutText(text, longest) : value;
}

/** `…` marks what was left out; a pair of surrogates is not torn. */
export function cutText(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
