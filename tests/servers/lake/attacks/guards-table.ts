import type { Attack } from './attack.ts';
import { grantAttacks, nameAttacks, pathAttacks } from './other-attacks.ts';
import { answerAttacks, deafAttacks, runningAttacks, sizeAttacks } from './resource-attacks.ts';
import { sqlAttacks } from './sql-attacks.ts';

const all: readonly Attack[] = [
  ...sqlAttacks,
  ...pathAttacks,
  ...nameAttacks,
  ...grantAttacks,
  ...sizeAttacks,
  ...runningAttacks,
  ...answerAttacks,
  ...deafAttacks,
];

/** The tables of docs/lake-guards.md, one for each kind of guard. */
export function guardsTable(): string {
  const groups = Map.groupBy(all, ({ id }) => id.replace(/-\d+$/, ''));
  return [...groups.values()].map(groupTable).join('\n');
}

function groupTable(rows: readonly Attack[]): string {
  const lines = rows.map(
    ({ id, tried, sees }) => `| ${id} | ${code(short(tried))} | ${sees === '' ? 'an error' : code(sees)} |`,
  );
  return [
    '',
    `Stopped by: ${rows[0]?.stoppedBy}.`,
    '',
    '| | tried | the caller sees |',
    '| --- | --- | --- |',
    ...lines,
  ].join('\n');
}

function short(text: string): string {
  const shown =
    [...text].length <= 160 ? text : `${[...text].slice(0, 100).join('')}… (${text.length} characters)`;
  return shown === '' ? '(nothing)' : shown;
}

function code(text: string): string {
  const visible = text
    .replaceAll('\n', ' ⏎ ')
    .replaceAll('\0', '\\0')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('|', '\\|');
  return `\`${visible}\``;
}
