import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createProgress } from '../../src/cli/progress/progress.ts';
import { clipText } from '../../src/cli/render/clip.ts';
import { clipAnsiLine } from '../../src/cli/render/clip-ansi-line.ts';
import { formatDuration, formatTime } from '../../src/cli/render/duration.ts';
import { formatCost } from '../../src/cli/render/money.ts';
import { printable } from '../../src/cli/render/printable.ts';
import { stepLines } from '../../src/cli/render/step-lines.ts';
import { plainStyle } from '../../src/cli/render/style.ts';
import { renderTable } from '../../src/cli/render/table.ts';
import { formatCount, formatUsage } from '../../src/cli/render/tokens.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { AuditEvent } from '../../src/domain/events.ts';
import { noUsage } from '../../src/domain/usage.ts';
import { foldRun } from '../../src/engine/runs/fold-run.ts';

test.each([
  [null, 'unknown cost'],
  [0, '$0'],
  [0.00001, '<$0.0001'],
  [0.0123456, '$0.0123'],
  [12.345, '$12.35'],
])('cost %s is %s', (costUsd, text) => expect(formatCost(costUsd)).toBe(text));

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1k'],
  [12_345, '12.3k'],
  [999_949, '999.9k'],
  [999_950, '1M'],
  [1_250_000, '1.3M'],
])('%s tokens are %s', (count, text) => expect(formatCount(count)).toBe(text));

test('usage names what a cache served and what was reasoning', () => {
  const usage = {
    ...noUsage,
    inputTokens: 12_000,
    cacheReadTokens: 8000,
    outputTokens: 450,
    reasoningTokens: 400,
  };
  expect(formatUsage(usage)).toBe('12k tokens in (8k cached), 450 out (400 reasoning)');
});

test.each([
  [45.4, '45 ms'],
  [1234, '1.2 s'],
  [59_499, '59.5 s'],
  [59_600, '1 min 00 s'],
  [123_000, '2 min 03 s'],
  [3_720_000, '1 h 02 min'],
])('%s ms are %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

test('times are UTC', () =>
  expect(formatTime(Date.UTC(2026, 10, 20, 21, 18, 7))).toBe('2026-11-20 21:18:07'));

test.each([
  ['a\u001b[31mred', 'a\\x1b[31mred'],
  ['\u009b2J', '\\x9b2J'],
  ['bell\u0007', 'bell\\x07'],
  ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
  ['Windows\r\nlines', 'Windows\nlines'],
  ['over\rwritten', 'over\\x0dwritten'],
  ['Ünïcode ✓', 'Ünïcode ✓'],
])('%j is printed as %j', (text, safe) => expect(printable(text)).toBe(safe));

test('a table: colours take no width, numbers stand right, no space at the end', () => {
  const rows = [
    ['\u001b[32mok\u001b[39m', '1', ''],
    ['failed', '12', 'x'],
  ];
  expect(renderTable(rows, ['left', 'right']).map((line) => stripVTControlCharacters(line))).toEqual([
    'ok       1',
    'failed  12  x',
  ]);
});

test('a long text says how much was left out', () => {
  expect(clipText('1\n2\n3\n4', { lines: 2, columns: 80 })).toEqual({
    text: '1\n2\n… 2 more lines',
    cut: true,
  });
  expect(clipText('abcdef', { lines: 2, columns: 4 })).toEqual({ text: 'abc…', cut: true });
  expect(clipText('short\n', { lines: 2, columns: 80 })).toEqual({ text: 'short', cut: false });
});

test('a line with colours is cut by what is seen of it, and its colours end', () => {
  expect(clipAnsiLine('\u001b[32mabcdef\u001b[39m', 4)).toBe('\u001b[32mabc…\u001b[39m');
  expect(clipAnsiLine('\u001b[32mabcd\u001b[39m', 4)).toBe('\u001b[32mabcd\u001b[39m');
});

const at = Date.UTC(2026, 10, 20);
const ended = (step: string, status: 'ok' | 'skipped' = 'ok'): AuditEvent => ({
  type: 'step-ended',
  at: at + 100,
  step,
  status,
});
const started = (step: string, kind: 'prompt' | 'call' | 'workflow' = 'prompt'): AuditEvent => ({
  type: 'step-started',
  at,
  step,
  kind,
});

const events: AuditEvent[] = [
  { type: 'run-started', at, workflowId: 'w', params: {}, program: 'test' },
  started('load'),
  started('load[0]'),
  ended('load[0]'),
  started('load[1]'),
  {
    type: 'step-ended',
    at: at + 50,
    step: 'load[1]',
    status: 'failed',
    error: { code: 'MODEL_OVERLOADED', message: 'overloaded\nsecond line' },
  },
  started('load[1]!2'),
  {
    type: 'call-begun',
    at,
    position: 'load[1]!2/m1',
    call: 'model',
    name: 'openai:x',
    fingerprint: 'f',
    request: 'r',
  },
  started('curate', 'workflow'),
  started('curate/refine'),
  started('curate/refine~1'),
  ended('curate/refine~1'),
  ended('curate/refine'),
  ended('curate'),
  started('maybe', 'call'),
  ended('maybe', 'skipped'),
];

test('the step tree: items, attempts, rounds and inner steps in their places', () => {
  expect(stepLines(foldRun('r', events), { style: plainStyle, nowMs: at + 2000 })).toEqual(
    [
      '▸ load         1 of 2 items done  1 turn  $0   2.0 s',
      '  ✓ [0]        prompt                         100 ms',
      '  ✗ [1]        prompt                          50 ms  overloaded',
      '  ▸ [1]!2      prompt             1 turn  $0   2.0 s',
      '✓ curate       workflow                       100 ms',
      '  ✓ refine     prompt                         100 ms',
      '    ✓ ~1       prompt                         100 ms',
      '– maybe        call',
    ].map((line) => expect.stringMatching(pattern(line))),
  );
});

test('on a terminal the tree is redrawn in place, settled steps folded, and the cursor comes back', () => {
  let screen = '';
  const terminal: Terminal = {
    out: () => undefined,
    err: () => undefined,
    draw: (text) => {
      screen += text;
    },
    outStyle: plainStyle,
    errStyle: plainStyle,
    live: true,
    outIsTerminal: true,
    columns: 120,
    rows: 10,
  };
  const progress = createProgress(terminal, { json: false, quiet: false });
  for (const event of events) progress.event('r', event);
  progress.announce('Something to say.');
  progress.stop();
  expect(screen.startsWith('\u001b[?25l')).toBe(true);
  expect(screen.endsWith('\u001b[?25h')).toBe(true);
  const last = stripVTControlCharacters(screen.slice(screen.lastIndexOf('\u001b[J') + 3));
  expect(last).toContain('turn 1: asking openai:x');
  expect(last).not.toContain('refine');
  expect(screen).toContain('Something to say.\n');
  for (const line of last.split('\n')) expect(line.length).toBeLessThan(120);
});

/** Columns may be wider than in the expectation: what counts is the order of what stands in a line. */
function pattern(line: string): RegExp {
  const words = line
    .trim()
    .split(/ {2,}/)
    .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^ *${words.join(' +')}$`);
}
