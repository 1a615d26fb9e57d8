import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Aim, showAim, tableOf, verdictOf } from '../../bench/lake/verdict.ts';

test.each<[number | undefined, Aim | undefined, string]>([
  [1.4, { atMost: 1.4 }, 'met'],
  [1.4004, { atMost: 1.4 }, 'MISSED'],
  [24.9, { under: 25 }, 'met'],
  [25, { under: 25 }, 'MISSED'],
  [60, { exactly: 60 }, 'met'],
  [59, { exactly: 60 }, 'MISSED'],
  [undefined, { under: 25 }, 'not measured'],
  [Number.NaN, { atMost: 25 }, 'not measured'],
  [3, undefined, ''],
])('%s against %o is "%s"', (value, aim, verdict) => {
  expect(verdictOf(value, aim)).toBe(verdict);
  expect(tableOf([{ name: 'a', value, ...(aim && { aim }) }]).at(-1)).toMatch(
    new RegExp(`\\| ${verdict} \\|$`),
  );
});

/** What `showAim` wrote, read back. */
function aimOf(text: string): Aim | undefined {
  const value = Number(/[\d.]+$/.exec(text)?.[0]);
  if (text === '') return undefined;
  if (text.startsWith('at most')) return { atMost: value };
  return text.startsWith('under') ? { under: value } : { exactly: value };
}

test("each row of the page's table about the lake says whether its aim is met, and truly", () => {
  const page = readFileSync('docs/benchmarks.md', 'utf8');
  const section = page.split('<!-- bench:lake -->')[1]?.split('<!-- /bench:lake -->')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  const cells = rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
  expect(cells[0]).toEqual(['figure', 'aim', 'measured', 'met']);
  expect(cells.length).toBeGreaterThan(8);
  for (const [name = '', text = '', value, met] of cells.slice(2)) {
    const aim = aimOf(text);
    expect(showAim(aim)).toBe(text);
    expect([name, met]).toEqual([name, verdictOf(Number(value), aim)]);
  }
});
