import { clipLine } from '../render/clip.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import type { RowExample } from './compare-rows.ts';
import type { TableComparison } from './compare-tables.ts';
import type { DiffPageOptions } from './run-diff.ts';

/** The tables that the runs filled: rows, and the first few that are not the same. */
export function tableLines(tables: readonly TableComparison[], options: DiffPageOptions): string[] {
  if (tables.length === 0) return [];
  return [
    '',
    options.style('bold', 'Tables that the runs filled'),
    ...tables.flatMap((table) => [`  ${headline(table)}`, ...exampleLines(table, options)]),
  ];
}

function headline(table: TableComparison): string {
  const { rows, equal, why, key } = table;
  const sign = equal === null ? '?' : equal ? '=' : '≠';
  const count = (value: number | null): string => (value === null ? '–' : counted(value, 'row'));
  const counts = rows.a === rows.b ? count(rows.a) : `${count(rows.a)} → ${count(rows.b)}`;
  const by = key === undefined ? '' : `, compared by ${key.join(', ') || 'whole rows'}`;
  return printable(`${sign} ${table.table}  ${counts}${by}${why === undefined ? '' : ` (${why})`}`);
}

function exampleLines({ differences }: TableComparison, { columns, style }: DiffPageOptions): string[] {
  if (!differences) return [];
  const { onlyA, onlyB, changed, examples } = differences;
  if (onlyA + onlyB + changed === 0) return [];
  const summary = `${counted(changed, 'row')} changed, ${onlyA} only in a, ${onlyB} only in b`;
  return [
    `      ${summary}`,
    ...examples.map(
      (example) => `      ${style('dim', clipLine(printable(exampleOf(example)), columns - 6))}`,
    ),
  ];
}

function exampleOf({ kind, row, differences }: RowExample): string {
  const name = JSON.stringify(row);
  if (kind !== 'changed') return `${kind === 'only-a' ? 'only in a' : 'only in b'}: ${name}`;
  const changes = differences.map(
    ({ pointer, was, now }) =>
      `${pointer.slice(1)} ${JSON.stringify(was ?? null)} → ${JSON.stringify(now ?? null)}`,
  );
  return `changed: ${name}: ${changes.join(', ')}`;
}
