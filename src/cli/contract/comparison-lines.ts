import type { Change, Comparison } from '../../metadata/versions/change.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import type { Ink, Style } from '../render/style.ts';

const inks: Readonly<Record<Change['kind'], Ink>> = {
  breaking: 'red',
  compatible: 'green',
  documentation: 'dim',
};

/** What has changed between two versions, the grave things first, and the version that it needs. */
export function comparisonLines(comparison: Comparison, style: Style): string[] {
  const { id, from, to, changes, enough } = comparison;
  const sign = enough ? style('green', '✓') : style('red', '✗');
  return [
    `${sign} ${style('bold', id)} ${from} -> ${to}  ${verdict(comparison)}`,
    ...changes.map((change) => changeLine(change, style)),
  ];
}

export function changeLine({ kind, path, words }: Change, style: Style): string {
  return `  ${style(inks[kind], kind.padEnd(13))} ${printable(path)}: ${printable(words)}`;
}

function verdict({ changes, breaking, neededVersion, from, to, enough }: Comparison): string {
  if (changes.length === 0)
    return from === to ? 'nothing has changed' : 'nothing but the version has changed';
  const what = `${counted(changes.length, 'change')}, ${breaking ? 'breaking' : 'not breaking'}`;
  return enough ? what : `${what}: needs version ${neededVersion} at least`;
}
