import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { endLeftovers } from './support/run-cli.ts';
import { openTour, type Tour } from './support/tour.ts';

let tour: Tour;
let recorded: string;
beforeAll(async () => {
  tour = await openTour();
  recorded = await tour.run();
});
afterEach(() => tour.restore());
afterAll(async () => {
  endLeftovers();
  await tour.close();
});

const newest = async (): Promise<string> => (await tour.runIds()).at(-1) ?? '';

describe('what is named and is not there', () => {
  test.each<[string, string[], RegExp]>([
    ['a step, for replay', ['replay', 'RUN', '--model', 'smu=local:b'], /"smu".*STEP_UNKNOWN.*"sum"/s],
    [
      'an inner step, for replay',
      ['replay', 'RUN', '--as-recorded', '--model', 'raed=local:b'],
      /STEP_UNKNOWN.*"read"/s,
    ],
    [
      'a call, for resolve',
      ['resolve', 'RUN', 'smu/m1', '--retry', '--why', 'x'],
      /"smu\/m1" is no call of run \S+ \[CALL_UNKNOWN\]/,
    ],
    ['a step, for resolve', ['resolve', 'RUN', 'sum', '--retry', '--why', 'x'], /is a step, not a call/],
    ['a call, for show', ['show', 'RUN', '--call', 'smu/m1'], /no call smu\/m1/],
    ['a step before the model', ['run', 'tour', '--model', '=local:b'], /--model "=local:b" names no step/],
    ['a limit of none', ['resume', 'RUN', '--limit', 'turns=0'], /turns=0: a limit cannot be that number/],
  ])('%s', async (_, args, words) => {
    const { code, stderr } = await tour.cli(...args.map((arg) => (arg === 'RUN' ? recorded : arg)));
    expect(stderr).toMatch(words);
    expect(code).toBe(2);
  });
});

test('a call is shown by its position too', async () => {
  const { code, stdout } = await tour.cli('show', recorded, '--call', 'book/call');
  expect(stdout).toMatch(/^call #\d+ {2}desk\.book {2}at book\/call/);
  expect(code).toBe(0);
});

test('another model that answers the same has not answered otherwise, whatever it spends', async () => {
  const { stdout, code } = await tour.cli('replay', recorded, '--model', 'local:a');
  expect(stdout).toContain('Every step answered as it did then.');
  expect(stdout).not.toContain('otherwise:');
  expect(code).toBe(0);
});

describe('a fork says what it took from the log:', () => {
  test('recorded tools and models, in its lines and its pages', async () => {
    const { stderr } = await tour.cli('fork', recorded, '--from', 'sum');
    expect(stderr).toMatch(/^book: desk\.book ok, recorded, /m);
    expect(stderr).toMatch(/^plan turn 1: desk\.add ok, recorded, /m);
    expect(stderr).toMatch(/^sum turn 1: model ok, [\d.k]+ tokens, /m);
    expect(stderr).not.toMatch(/^sum turn 1:.*recorded/m);
    const page = await tour.cli('show', await newest(), '--step', 'book');
    expect(page.stdout).toMatch(/effect irreversible, .*, recorded$/m);
  });

  test('an edited result', async () => {
    const file = tour.write('booked.txt', 'by hand');
    const { stderr } = await tour.cli('fork', recorded, '--from', 'book', '--edit-result', file);
    expect(stderr).toMatch(/^book: desk\.book ok, edited, /m);
    const id = await newest();
    expect((await tour.cli('show', id, '--step', 'book')).stdout).toContain('edited: a person put it');
    const call = await tour.cli('show', id, '--call', 'book/call');
    expect(call.stdout).toMatch(/source +edited/);
  });
});

describe('a divergence has one look, once:', () => {
  const change = () => tour.change('Plan for {{ params.who }}.', 'Plan for\n      {{ params.who }}, please.');
  const times = (text: string, part: RegExp) => [...text.matchAll(part)].length;

  test('fork, show of the run and of the step; a diff with it says what it asked for', async () => {
    change();
    const { stderr, code } = await tour.cli('fork', recorded, '--from', 'sum');
    expect(stderr).toMatch(
      /\[REPLAY_DIVERGED\]\n- message 1 \(user\)[^\n]*\n {2}- Plan for Ada\.\n {2}\+ Plan for/,
    );
    expect(times(stderr, /Plan for Ada\./g)).toBe(1);
    expect(stderr).not.toContain('aiworkflow resume');
    expect(code).toBe(1);
    const id = await newest();
    for (const page of [
      ['show', id],
      ['show', id, '--step', 'plan'],
      ['diff', recorded, id, '--no-tables'],
    ]) {
      const { stdout } = await tour.cli(...page);
      expect(stdout).toMatch(/- Plan for Ada\.\n +\+ Plan for .*please/);
      expect(stdout).not.toContain('go on');
    }
    const { stdout } = await tour.cli('diff', recorded, id, '--no-tables');
    expect(stdout).toContain('Run b stopped there: At step plan, turn 1');
  });
});

describe('--quiet prints the result or the outcome, and errors:', () => {
  test.each<[string, string[], RegExp, RegExp]>([
    ['a fork', ['fork', 'RUN', '--from', 'sum'], /^Sum up.*\n$/, /^$/],
    ['an equal replay', ['replay', 'RUN'], /^EQUAL: [^\n]*\n$/, /^$/],
    [
      'a replay that fails',
      ['replay', 'RUN', '--model', 'plan=local:c'],
      /^Replayed with[^\n]*\nTOOL_NOT_RECORDED: (?:(?!aiworkflow diff).)*$/s,
      /^$/,
    ],
    [
      'a run that fails',
      ['fork', 'RUN', '--from', 'sum', '--param', 'who=Bea'],
      /^$/,
      /^Error: (?:(?!aiworkflow show).)*$/s,
    ],
  ])('%s', async (_, args, out, err) => {
    const { stdout, stderr } = await tour.cli(
      ...args.map((arg) => (arg === 'RUN' ? recorded : arg)),
      '--quiet',
    );
    expect(stdout).toMatch(out);
    expect(stderr).toMatch(err);
  });
});

describe('a suggested command looks into the same log:', () => {
  const place = ['--db', 'copy of.db', '--project=.'];
  const typed = "--db 'copy of.db' --project .";
  beforeAll(async () => {
    await tour.cli('export', recorded, '--out', 'tour.jsonl');
    await tour.cli('import', 'tour.jsonl', ...place);
  });

  test.each<[string, string[]]>([
    ['fork', ['fork', 'RUN', '--from', 'sum']],
    ['replay', ['replay', 'RUN']],
    ['show', ['show', 'RUN']],
    ['a refusal', ['resume', 'RUN']],
  ])('%s', async (_, args) => {
    const { stdout, stderr } = await tour.cli(
      ...args.map((arg) => (arg === 'RUN' ? recorded : arg)),
      ...place,
    );
    const suggested = [
      ...(stdout + stderr).matchAll(/aiworkflow (?:show|verify|diff|resume|replay|fork|check)\b.*/g),
    ];
    expect(suggested.length).toBeGreaterThan(0);
    for (const [command] of suggested) expect(command).toContain(typed);
  });

  test('and as it is where none was typed', async () => {
    expect((await tour.cli('show', recorded)).stdout).toContain(`aiworkflow show ${recorded} --call 1`);
  });
});

describe('a replay is told from a run:', () => {
  test('in the list, and by resume, with the line that makes it anew', async () => {
    await tour.cli('replay', recorded, '--model', 'sum=local:b');
    const id = await newest();
    const { stdout } = await tour.cli('runs');
    expect(stdout).toMatch(new RegExp(`^${id} .*replay of ${recorded}`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${recorded} .*unknown cost\\s*$`, 'm'));
    // A replay that ended well has nothing to go on with.
    tour.change('Plan for', 'Make a plan for');
    await tour.cli('replay', recorded, '--model', 'sum=local:b');
    const { stderr, code } = await tour.cli('resume', 'last');
    expect(stderr).toContain(`aiworkflow replay ${recorded} --model sum=local:b\``);
    expect(stderr).toContain(`aiworkflow resume ${recorded}`);
    expect(code).toBe(2);
  });
});

test('an export that takes the place of another says so', async () => {
  const first = await tour.cli('export', recorded, '--out', 'twice.jsonl');
  expect(first.stderr).not.toContain('overwritten');
  expect(existsSync(join(tour.dir, 'twice.jsonl'))).toBe(true);
  expect((await tour.cli('export', recorded, '--out', 'twice.jsonl')).stderr).toContain('overwritten');
});
