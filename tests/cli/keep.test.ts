import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProject, type Project, sumsScript } from './support/project.ts';
import { runCli } from './support/run-cli.ts';

let project: Project;
let runId: string;
beforeAll(async () => {
  project = createProject();
  await project.record('sums', 'sums', sumsScript);
  await cli('run', 'sums');
  runId = JSON.parse((await cli('runs', '--json')).stdout).runId;
  await cli('export', 'last', '--out', 'run.jsonl');
});
afterAll(() => project.remove());

const cli = (...args: string[]) => runCli(args, { cwd: project.dir });
const path = (name: string): string => join(project.dir, name);
const file = (name: string): string => readFileSync(path(name), 'utf8');

describe('import', () => {
  test('takes a run into another log, where it is shown, verified and exported as the same file', async () => {
    const { stdout, code } = await cli('import', 'run.jsonl', '--db', 'other.db');
    expect(stdout).toMatch(
      new RegExp(`^run.jsonl: run ${runId}, 24 events, \\d+ texts, root [0-9a-f]{64}\n$`),
    );
    expect(code).toBe(0);
    expect((await cli('verify', '--db', 'other.db')).stdout).toContain('1 run, 24 events, all hashes fit');
    const shown = (await cli('show', runId, '--db', 'other.db')).stdout;
    expect(shown.replaceAll(' --db other.db', '')).toBe((await cli('show', runId)).stdout);
    await cli('export', runId, '--db', 'other.db', '--out', 'again.jsonl');
    expect(file('again.jsonl')).toBe(file('run.jsonl'));
  });

  test('again, with several files: already there', async () => {
    const { stdout, code } = await cli('import', 'run.jsonl', 'recordings/sums.jsonl', '--db', 'several.db');
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(code).toBe(0);
    const again = await cli('import', 'run.jsonl', '--json', '--db', 'several.db');
    expect(JSON.parse(again.stdout)).toMatchObject({
      file: 'run.jsonl',
      runId,
      outcome: 'there',
      events: 24,
    });
    expect((await cli('import', 'run.jsonl', '--db', 'several.db')).stdout).toContain('is already there');
    expect(again.code).toBe(0);
  });

  test('an edited file is refused with its line; those before it are in the log', async () => {
    writeFileSync(path('edited.jsonl'), file('run.jsonl').replace('Add [1,2]', 'Add [1,9]'));
    const { stdout, stderr, code } = await cli('import', 'run.jsonl', 'edited.jsonl', '--db', 'edited.db');
    expect(stdout).toContain(`run.jsonl: run ${runId}`);
    expect(stderr).toMatch(
      /edited\.jsonl does not verify: line \d+: the text under \w+ was changed.*\[LOG_CORRUPT\]/s,
    );
    expect(code).toBe(1);
  });

  test('verify says of a file what import says of it, with the same code', async () => {
    const whole = file('run.jsonl');
    writeFileSync(path('bad.jsonl'), whole.replace('Add [1,2]', 'Add [1,9]'));
    writeFileSync(path('cut.jsonl'), whole.slice(0, -120));
    writeFileSync(path('later.jsonl'), whole.replace('run/1', 'run/2'));
    const bad = await cli('verify', 'bad.jsonl');
    expect(bad.stdout).toMatch(/^✗ .*\n {4}line \d+: the text under \w+ was changed/);
    expect(bad.stdout).not.toContain('✓');
    expect(bad.stderr).toContain('bad.jsonl does not verify: 1 problem. [LOG_CORRUPT]');
    expect(bad.stderr).not.toMatch(/audit log|--db/);
    expect((await cli('verify', 'cut.jsonl')).stdout).toContain('the file was cut off there');
    for (const [name, code, says] of [
      ['bad.jsonl', 1, 'LOG_CORRUPT'],
      ['cut.jsonl', 1, 'LOG_CORRUPT'],
      ['later.jsonl', 2, 'LOG_FOREIGN'],
      ['none.jsonl', 2, 'FILE_NOT_FOUND'],
    ] as const) {
      const verified = await cli('verify', name);
      expect([name, verified.code, verified.stderr]).toEqual([name, code, expect.stringContaining(says)]);
      const imported = await cli('import', name, '--db', 'alike.db');
      expect([name, imported.code, imported.stderr]).toEqual([name, code, expect.stringContaining(says)]);
    }
  });

  test('a file of a newer program, no file, no argument', async () => {
    writeFileSync(path('newer.jsonl'), file('run.jsonl').replace('run/1', 'run/2'));
    expect(await cli('import', 'newer.jsonl')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('newer.jsonl was written by a newer program'),
    });
    expect(await cli('import', 'none.jsonl')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[FILE_NOT_FOUND]'),
    });
    expect(await cli('import')).toMatchObject({ code: 2, stderr: expect.stringContaining('[USAGE]') });
  });

  test('a configured secret in the file is refused', async () => {
    const keyed = createProject({ 'aiworkflow.yaml': 'model: a:b\nsecrets: [DESK_KEY]\n' });
    try {
      const { code, stderr } = await runCli(['import', path('run.jsonl')], {
        cwd: keyed.dir,
        env: { DESK_KEY: 'Add [1,2] for Ada' },
      });
      expect(stderr).toMatch(
        /line \d+ holds the value of DESK_KEY\. Nothing was imported\. \[SECRET_FOUND\]/,
      );
      expect(code).toBe(2);
    } finally {
      keyed.remove();
    }
  });
});

test('verify of a log that was cut off does not send the reader to verify', async () => {
  await cli('import', 'run.jsonl', '--db', 'short.db');
  writeFileSync(path('short.db'), readFileSync(path('short.db')).subarray(0, 30_000));
  for (const args of [['verify'], ['verify', 'last'], ['runs']]) {
    const { code, stdout, stderr } = await cli(...args, '--db', 'short.db');
    expect(code).not.toBe(0);
    expect(stdout + stderr).not.toContain('`aiworkflow verify`');
    expect(stdout + stderr).toMatch(/\.recover|restore|Keep the file|CORRUPT|malformed/);
  }
});

test('cost counts what was asked of a model; what was replayed stands apart', async () => {
  const { total } = JSON.parse((await cli('cost', '--json')).stdout);
  expect(total).toMatchObject({ calls: 0, inputTokens: 0, outputTokens: 0, knownUsd: 0 });
  expect(total.replayedCalls).toBeGreaterThan(0);
  expect((await cli('cost')).stdout).toContain(`${total.replayedCalls} replayed`);
});

describe('redact', () => {
  const fresh = async (name: string): Promise<string> => {
    await cli('import', 'run.jsonl', '--db', name);
    return name;
  };

  test('takes texts out and says so wherever they stood', async () => {
    const db = await fresh('redacted.db');
    const dry = await cli(
      'redact',
      'last',
      '--match',
      'odd',
      '--why',
      'asked',
      '--by',
      'ada',
      '--dry-run',
      '--db',
      db,
    );
    expect(dry.stdout).toContain('6 texts would be redacted');
    const done = await cli(
      'redact',
      'last',
      '--match',
      '/\\bODD\\b/i',
      '--why',
      'asked',
      '--by',
      'ada',
      '--db',
      db,
    );
    expect(done.stdout).toMatch(
      /6 texts redacted\n( {2}[0-9a-f]{64} {2}[\d,]+ characters\n)+the file was written anew/,
    );
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const verified = await cli('verify', '--db', db);
    expect(verified.stdout).toContain('6 of its texts redacted');
    expect(verified.stdout).toContain('6 texts redacted: what was taken out is written down');
    expect(verified.stdout).toContain('all hashes fit');
    expect(verified.code).toBe(0);
    expect((await cli('show', 'last', '--db', db)).stdout).toContain(
      '(24 events, verified, 6 texts redacted)',
    );
    const step = await cli('show', 'last', '--step', 'each[0]', '--db', db);
    expect(step.stdout).toMatch(
      /\[redacted here: The text under [0-9a-f]+ was redacted on [\d-]+ by ada: asked\.\]/,
    );
    expect(step).toMatchObject({ code: 0 });
    for (let call = 1; call <= 6; call++)
      for (const form of [[], ['--json']])
        expect((await cli('show', 'last', '--call', `${call}`, '--db', db, ...form)).code).toBe(0);
  }, 60_000);

  test('an export of it verifies, imports, and cannot be asked for what is gone', async () => {
    const db = await fresh('passed-on.db');
    await cli('redact', 'last', '--match', 'is odd', '--why', 'asked', '--by', 'ada', '--db', db);
    await cli('export', 'last', '--db', db, '--out', 'recordings/gone.jsonl');
    expect(file('recordings/gone.jsonl')).not.toContain('is odd');
    expect((await cli('verify', 'recordings/gone.jsonl')).code).toBe(0);
    expect((await cli('import', 'recordings/gone.jsonl', '--db', 'gone.db')).stdout).toMatch(
      /\d redacted text/,
    );
    const run = await cli('run', 'sums', '--model', 'recorded:gone', '--db', 'run.db');
    expect(run.stderr).toContain('that answer was redacted by ada (asked)');
    expect(run.stderr).toContain('[TEXT_REDACTED]');
    expect(run.code).toBe(1);
  });

  test('what stands in events stays, with its place, and the exit code says so', async () => {
    const db = await fresh('events.db');
    const { stdout, stderr, code } = await cli(
      'redact',
      'last',
      '--match',
      'Ada',
      '--why',
      'asked',
      '--db',
      db,
    );
    expect(stdout).toMatch(/stays: event 1 \(run-started\), params\.who/);
    expect(stderr).toContain('[REDACTION_INCOMPLETE]');
    expect(code).toBe(1);
    expect((await cli('verify', '--db', db)).code).toBe(0);
    const json = await cli('redact', 'last', '--match', 'Ada', '--why', 'asked', '--db', db, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      complete: false,
      inEvents: [{ seq: 1, field: 'params.who' }],
    });
    expect(json.code).toBe(1);
  });

  test.each([
    {
      what: 'nothing that matches',
      args: ['last', '--match', 'xyzzy', '--why', 'w'],
      says: 'NOTHING_MATCHES',
    },
    { what: 'an unknown run', args: ['nobody', '--match', 'odd', '--why', 'w'], says: 'RUN_UNKNOWN' },
    {
      what: 'an unknown call',
      args: ['last', '--match', 'odd', '--why', 'w', '--call', '99'],
      says: 'has no call 99',
    },
    {
      what: 'a broken expression',
      args: ['last', '--match', '/(/', '--why', 'w'],
      says: 'no regular expression',
    },
    { what: 'an empty text', args: ['last', '--match', '', '--why', 'w'], says: 'it would match every text' },
    {
      what: 'what matches all',
      args: ['last', '--match', '/.*/', '--why', 'w'],
      says: 'matches the empty text',
    },
    { what: 'no reason', args: ['last', '--match', 'odd'], says: '--why' },
    { what: 'an empty reason', args: ['last', '--match', 'odd', '--why', ' '], says: '--why is empty' },
    {
      what: 'a log that is not there',
      args: ['last', '--match', 'a', '--why', 'w', '--db', 'none.db'],
      says: 'LOG_UNOPENABLE',
    },
  ])('$what is refused', async ({ args, says }) => {
    const { stderr, code } = await cli('redact', ...args);
    expect(stderr).toContain(says);
    expect(code).toBe(2);
    expect(existsSync(path('none.db'))).toBe(false);
    expect((await cli('verify')).stdout).not.toContain('redacted');
  });
});

describe('prune', () => {
  test('removes old runs, says what it did, and show answers for them', async () => {
    await cli('import', 'run.jsonl', 'recordings/sums.jsonl', '--db', 'pruned.db');
    const young = await cli('prune', '--older-than', '90d', '--db', 'pruned.db');
    expect(young.stdout).toBe('Nothing to prune.\nkept: 2 younger\n');
    const dry = await cli(
      'prune',
      '--older-than',
      '0d',
      '--keep-last',
      '1',
      '--dry-run',
      '--db',
      'pruned.db',
    );
    expect(dry.stdout).toMatch(/^1 run would go\n.*\nkept: 1 among the newest of their workflow\n$/);
    const done = await cli(
      'prune',
      '--older-than',
      '0m',
      '--why',
      'end of year',
      '--by',
      'ada',
      '--db',
      'pruned.db',
    );
    expect(done.stdout).toMatch(
      /^2 runs removed\n[\s\S]*\d+ texts removed\nthe log takes [\d.]+ MB, before [\d.]+ MB\n$/,
    );
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const shown = await cli('show', runId, '--db', 'pruned.db');
    expect(shown.stderr).toMatch(
      new RegExp(`Run ${runId} was pruned on [\\d-]+ by ada \\(end of year\\)\\. It had 24 events`),
    );
    expect(shown.code).toBe(2);
    const verified = await cli('verify', '--db', 'pruned.db');
    expect(verified.stdout).toContain('2 runs pruned');
    expect(verified.code).toBe(0);
    expect((await cli('import', 'run.jsonl', '--db', 'pruned.db')).code).toBe(0);
    expect((await cli('show', runId, '--db', 'pruned.db')).code).toBe(0);
  });

  test.each([
    { what: 'an age without a unit', args: ['--older-than', '90'], says: '90d, 12h, 30m or 2w' },
    { what: 'an age that is none', args: ['--older-than', 'soon'], says: '90d, 12h, 30m or 2w' },
    { what: 'an age of another sign', args: ['--older-than', '-3d'], says: '90d, 12h, 30m or 2w' },
    { what: 'no age', args: [], says: '--older-than' },
    {
      what: 'a status that is none',
      args: ['--older-than', '1d', '--keep', 'good'],
      says: 'ok, failed, stopped',
    },
    {
      what: 'a count that is none',
      args: ['--older-than', '1d', '--keep-last', 'two'],
      says: 'whole number',
    },
    {
      what: 'a log that is not there',
      args: ['--older-than', '1d', '--db', 'none.db'],
      says: 'LOG_UNOPENABLE',
    },
  ])('$what is refused', async ({ args, says }) => {
    const { stderr, code } = await cli('prune', ...args);
    expect(stderr).toContain(says);
    expect(code).toBe(2);
  });

  test('a log that does not verify is left as it is', async () => {
    await cli('import', 'run.jsonl', '--db', 'bad.db');
    const database = new Database(path('bad.db'));
    database.exec('DROP TRIGGER events_are_final; UPDATE events SET at = at + 1 WHERE seq = 3');
    database.close();
    for (const args of [
      ['prune', '--older-than', '0m'],
      ['redact', 'last', '--match', 'odd', '--why', 'w'],
    ]) {
      const { stderr, code } = await cli(...args, '--db', 'bad.db');
      expect(stderr).toMatch(
        /does not verify .*the event does not fit its hash.* nothing was taken out of it/s,
      );
      expect(code).toBe(1);
    }
  });
});
