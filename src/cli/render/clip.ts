import { printable } from './printable.ts';

export interface Clip {
  readonly lines: number;
  readonly columns: number;
}

/** A long text as its first lines, with a note of what was left out: nothing is cut silently. */
export function clipText(text: string, { lines, columns }: Clip): { text: string; cut: boolean } {
  const all = printable(text).trimEnd().split('\n');
  const shown = all.slice(0, lines).map((line) => clipLine(line, columns));
  const cut = all.length > lines || shown.some((line, index) => line !== all[index]);
  const rest = all.length - shown.length;
  if (rest > 0) shown.push(`… ${rest} more ${rest === 1 ? 'line' : 'lines'}`);
  return { text: shown.join('\n'), cut };
}

export function clipLine(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

export function indent(text: string, by: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : by + line))
    .join('\n');
}
