import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openAuditLog } from '../../src/audit/sqlite/index.ts';
import { endLeftovers } from './support/run-cli.ts';
import { openTour, type Tour } from './support/tour.ts';

let tour: Tour;
let recorded: string;
beforeAll(async () => {
  tour = await openTour();
  recorded = await tour.run();
});
let bookedBefore: number;
beforeEach(() => {
  bookedBefore = tour.booked();
});
const bookedNow = () => tour.booked() - bookedBefore;
afterEach(() => tour.restore());
afterAll(async () => {
  endLeftovers();
  await tour.close();
});

const replay = (...args: string[]) => tour.cli('replay', recorded, ...args);
const lastLine = (stdout: string) =>
  JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as {
    readonly runId: string;
    readonly parentRunId: string;
    readonly equal: boolean;
  };

describe('a frozen replay', () => {
  test('comes to the same, without a model, a server, or a line about what is recorded', async () => {
    const asked = tour.chat.asked.length;
    tour.write('aiworkflow.yaml', 'model: local:a\ntools: { desk: { command: /nowhere/at-all } }\n');
    const { code, stdout, stderr } = await replay();
    expect(stdout).toMatch(/^EQUAL: 10 calls, the same answers and the same end\./);
    expect([code, stderr, tour.chat.asked.length, bookedNow()]).toEqual([0, '', asked, 0]);
  });

  test('is a run of its own, which can be replayed itself', async () => {
    const { stdout } = await replay('--json');
    const { runId, parentRunId, equal } = lastLine(stdout);
    expect([parentRunId, equal]).toEqual([recorded, true]);
    expect(tour.events(runId)[0]).toMatchObject({ origin: { kind: 'replay', live: 'nothing' } });
    expect((await tour.cli('verify', runId)).code).toBe(0);
    expect((await tour.cli('replay', runId)).stdout).toContain('EQUAL');
  });

  test('as JSON tells every event, then the outcome', async () => {
    const { code, stdout } = await replay('--json');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(code).toBe(0);
    expect(lines.filter(({ type }) => type === 'call-ended')).toHaveLength(10);
    expect(lines.at(-1)).toMatchObject({
      type: 'replay',
      live: 'nothing',
      equal: true,
      calls: 10,
      ended: { recorded: 'ok', now: 'ok' },
      toolDifferences: [],
      costUsd: 0,
      response: expect.stringContaining('Sum up'),
    });
  });
});

describe('the first divergence is named:', () => {
  test.each<[string, string | RegExp, string, RegExp]>([
    [
      'an edited prompt',
      'Plan for',
      'Make a plan for',
      /At step plan, turn 1, model call \(plan\/m1\).*message 1 \(user\).*Plan for.*Make a plan for/s,
    ],
    [
      'an edited prompt of an item',
      "'Visit {{ city }}",
      "'Go to {{ city }}",
      /visit\[0\]\/m1.*- Visit.*\+ Go to/s,
    ],
    ['a template value', 'times.', '{{ params.who }}.', /visit\[0\]\/m1.*Ada/s],
    [
      'an edited prompt of a round',
      'round {{ round }}',
      '{{#if previous}}again{{else}}round 1{{/if}}',
      /refine~2\/m1.*round 2.*again/s,
    ],
    ['a schema', 'n: integer', 'n: number', /plan\/m1.*(schema|contract).*integer.*number/s],
    ['a field more in the schema', '{ n: integer }', '{ n: integer, why?: string }', /plan\/m1.*why/s],
    ['a tool more', '[desk.add]', '[desk.add, desk.wait]', /"plan" now asks for the tools "desk\.wait"/],
    ['no tools', 'tools: [desk.add]', 'tools: []', /plan\/m1.*desk\.add/s],
    ['a model', "prompt: 'Plan", "model: local:b\n    prompt: 'Plan", /plan\/m1.*model.*local:a.*local:b/s],
    [
      'a setting',
      "prompt: 'Plan",
      "settings: { temperature: 0 }\n    prompt: 'Plan",
      /plan\/m1.*temperature/s,
    ],
    ['an argument of a call', 'ms: 0', 'ms: 1', /book\/call.*ms/s],
    [
      'another tool of a call',
      /call: desk\.book\n.*\n/,
      'call: desk.add\n    arguments: { a: 1, b: 1 }\n',
      /book\/call.*desk\.(book|add)/s,
    ],
    [
      'a step more',
      "result: '",
      "  - id: extra\n    needs: [sum]\n    prompt: 'More.'\nresult: '",
      /"extra" begins now/,
    ],
    ['a longer list', 'params.cities', 'params.more', /"visit\[2\]" begins now/],
    ['a shorter list', 'params.cities', 'params.fewer', /refine~1\/m1.*Oslo/s],
    [
      'a condition',
      "prompt: 'Sum",
      "when: '{{ eq 1 2 }}'\n    prompt: 'Sum",
      /NOT EQUAL.*sum \(ok, now skipped\)/s,
    ],
  ])('%s', async (_, from, to, words) => {
    tour.change(from, to);
    const asked = tour.chat.asked.length;
    const { code, stdout, stderr } = await replay();
    expect(stdout + stderr).toMatch(words);
    expect(stdout).toContain('NOT EQUAL');
    expect([code, tour.chat.asked.length, bookedNow()]).toEqual([1, asked, 0]);
  });

  test('a step less', async () => {
    tour.change(/ {2}- id: sum[\s\S]*result: .*/, "result: '{{ checked.response }}'");
    const { code, stdout } = await replay();
    expect(stdout).toMatch(/NOT EQUAL.*sum \(ok, now not begun\)/s);
    expect(code).toBe(1);
  });

  test('in the inner workflow', async () => {
    tour.write(
      'workflows/check.yaml',
      "id: check\nparams: { text: { type: string } }\nsteps:\n  - id: read\n    prompt: 'Study {{ params.text }}.'\nresult: '{{ read.text }}'\n",
    );
    expect((await replay()).stdout).toMatch(/checked\/read\/m1.*- .*Read.*\+ .*Study/s);
  });

  test('as JSON, with what was and what is', async () => {
    tour.change('Plan for', 'Make a plan for');
    const { error, equal } = lastLine((await replay('--json')).stdout) as Record<string, unknown>;
    expect(equal).toBe(false);
    expect(error).toMatchObject({
      code: 'REPLAY_DIVERGED',
      details: {
        position: 'plan/m1',
        step: 'plan',
        turn: 1,
        differences: [
          { was: expect.stringContaining('Plan for'), now: expect.stringContaining('Make a plan') },
        ],
      },
    });
  });

  test('--as-recorded uses the definition that the run had', async () => {
    tour.change('Plan for', 'Make a plan for');
    expect(await replay('--as-recorded')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('EQUAL'),
    });
  });
});

describe('--tools live', () => {
  test('refuses what has effects, names it, and does it only when allowed', async () => {
    const refused = await replay('--tools', 'live');
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/desk\.book \(irreversible\).*--allow-effects/s),
    });
    expect(bookedNow()).toBe(0);
    const done = await replay('--tools', 'live', '--allow-effects');
    expect(done.stdout).toMatch(/^10 calls: every tool answered as it did then\./);
    expect(done.stderr.trim().split('\n').toSorted()).toEqual([
      expect.stringMatching(/^book: desk\.book ok/),
      expect.stringMatching(/^plan turn 1: desk\.add ok/),
    ]);
    expect([done.code, bookedNow()]).toEqual([0, 1]);
  });

  test('shows what came out otherwise, and goes on with what is recorded', async () => {
    tour.write(
      'aiworkflow.yaml',
      `model: local:a\ntools: { desk: { command: ${process.execPath}, args: ['${deskServer}', '1'] } }\n`,
    );
    const asked = tour.chat.asked.length;
    const { code, stdout } = await replay('--tools', 'live', '--allow-effects');
    expect(stdout).toMatch(/1 tool call came out otherwise.*desk\.add at plan\/t1\.1:.*- 3.*\+ 4/s);
    expect([code, tour.chat.asked.length]).toEqual([1, asked]);
  });

  test('says when a tool is described otherwise than in the log', async () => {
    tour.write(
      'aiworkflow.yaml',
      `model: local:a\ntools: { desk: { command: ${process.execPath}, args: ['${deskServer}'], effects: { add: idempotent } } }\n`,
    );
    const { code, stdout } = await replay('--tools', 'live', '--allow-effects');
    expect(stdout).toMatch(/1 tool call came out otherwise.*not described as it was/s);
    expect(code).toBe(1);
  });

  test('says when a server is gone', async () => {
    tour.write('aiworkflow.yaml', 'model: local:a\ntools: { desk: { command: /nowhere/at-all } }\n');
    const { code, stdout } = await replay('--tools', 'live', '--allow-effects');
    expect(stdout).toMatch(/2 tool calls came out otherwise.*desk.*failed:/s);
    expect(code).toBe(1);
  });
});

const deskServer = fileURLToPath(new URL('./support/desk-server.mjs', import.meta.url));

describe('--model', () => {
  test('asks another model, with the tools from the log', async () => {
    const { code, stdout, stderr } = await replay('--model', 'local:b');
    expect(stdout).toContain('Replayed with other models');
    expect(stdout).toMatch(/Steps answered otherwise: visit/);
    expect(stderr).toMatch(/^plan turn 1: model ok/m);
    expect(stderr).not.toContain('desk.');
    expect([code, bookedNow()]).toEqual([0, 0]);
  });

  test('for one step leaves the others in the log until they are asked something else', async () => {
    const asked = tour.chat.asked.length;
    const { code, stdout } = await replay('--model', 'sum=local:b');
    expect(tour.chat.asked.length - asked).toBe(1);
    expect(stdout).toContain('Steps answered otherwise: sum');
    expect(code).toBe(0);
    const other = await replay('--model', 'visit=local:b');
    expect(other.stdout).toMatch(/REPLAY_DIVERGED.*refine~1\/m1/s);
    expect(other.code).toBe(1);
  });

  test('stops at a tool result that is not in the log, and makes the call when that only reads', async () => {
    const stopped = await replay('--model', 'plan=local:c');
    expect(stopped.stdout).toMatch(/TOOL_NOT_RECORDED.*plan\/t1\.1.*desk\.add.*--on-miss live/s);
    expect(stopped.code).toBe(1);
    const made = await replay('--model', 'local:c', '--on-miss', 'live');
    expect(made.stderr).toMatch(/^plan turn 1: desk\.add ok/m);
    expect([made.code, bookedNow()]).toEqual([0, 0]);
  });

  test('that nobody declares is refused', async () => {
    const { code, stdout, stderr } = await replay('--model', 'nobody:x');
    expect(stdout + stderr).toContain('MODEL_UNKNOWN');
    expect(code).not.toBe(0);
  });
});

test('--dry-run says per step what is safe and why', async () => {
  const { code, stdout } = await replay('--dry-run');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^plan .*safe: every call is in the log.*safe: its tools only read/m);
  expect(stdout).toMatch(/^book .*NOT SAFE: it would do again: desk\.book \(irreversible\)/m);
  const { steps } = lastLine((await replay('--dry-run', '--json')).stdout) as unknown as { steps: object[] };
  expect(steps.find((step) => 'step' in step && step.step === 'plan')).toMatchObject({
    frozen: { safe: true },
    toolsLive: { safe: true },
    modelLive: { safe: true },
  });
});

describe('what cannot be replayed', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown run', ['replay', 'nobody'], /RUN_UNKNOWN/],
    ['tools of another kind', ['replay', 'last', '--tools', 'dead'], /--tools dead/],
    [
      'tools and models at once',
      ['replay', 'last', '--tools', 'live', '--model', 'local:b'],
      /exclude each other/,
    ],
    ['--on-miss alone', ['replay', 'last', '--on-miss', 'live'], /--model/],
    [
      '--on-miss of another kind',
      ['replay', 'last', '--model', 'local:b', '--on-miss', 'go'],
      /--on-miss go/,
    ],
  ])('%s', async (_, args, words) => {
    const { code, stderr } = await tour.cli(...args);
    expect(stderr).toMatch(words);
    expect(code).toBe(2);
  });

  test('a workflow whose file has vanished, but as recorded', async () => {
    const file = join(tour.dir, 'workflows/tour.yaml');
    renameSync(file, `${file}.away`);
    const gone = await replay();
    const kept = await replay('--as-recorded');
    renameSync(`${file}.away`, file);
    expect(gone).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/WORKFLOW_UNKNOWN.*--as-recorded/s),
    });
    expect(kept.stdout).toContain('EQUAL');
  });

  const edited = async (edit: (db: Database.Database) => void) => {
    const runId = await tour.run();
    const db = new Database(join(tour.dir, '.aiworkflow/audit.db'));
    const triggers = db.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all() as {
      name: string;
    }[];
    for (const { name } of triggers) db.exec(`DROP TRIGGER "${name}"`);
    edit(db);
    db.close();
    return tour.cli('replay', runId);
  };

  test('a run that was edited in the file, which names the first event', async () => {
    const { code, stderr } = await edited((db) =>
      db.exec(
        "UPDATE events SET status = 'error' WHERE id = (SELECT max(id) FROM events WHERE type = 'call-ended')",
      ),
    );
    expect(stderr).toMatch(/event \d+, sum\/m1: .*it was changed.*LOG_CORRUPT/);
    expect(code).toBe(1);
  });

  test('a run with an event of a newer version', async () => {
    const runId = await tour.run();
    const log = openAuditLog({ file: join(tour.dir, '.aiworkflow/audit.db'), durability: 'normal' });
    log.append('newer', { ...tour.events(runId)[0], type: 'run-started' } as never);
    log.append('newer', { type: 'call-dreamt', at: 1, position: 'x/m1' } as never);
    await log.commit();
    log.close();
    for (const args of [['replay'], ['fork', '--from', 'plan'], ['resume']]) {
      const { code, stderr } = await tour.cli(...args, 'newer');
      expect(stderr).toMatch(/call-dreamt.*newer.*LOG_FOREIGN.*upgrade/s);
      expect(code).toBe(2);
    }
  });

  test('a run with a text that was taken out says so where it is needed', async () => {
    const runId = await tour.run('--param', 'cities=["Atlantis"]');
    expect((await tour.cli('redact', runId, '--match', 'Visit Atlantis', '--why', 'a secret')).code).toBe(0);
    const { code, stdout, stderr } = await tour.cli('replay', runId);
    expect(stdout + stderr).toMatch(/redacted|taken out/i);
    expect(stdout + stderr).toContain('TEXT_REDACTED');
    expect(code).toBe(1);
  });
});
