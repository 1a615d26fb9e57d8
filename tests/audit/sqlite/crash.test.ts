import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openAuditLog, verifyLog } from '../../../src/audit/sqlite/index.ts';
import { tempFolder, tempLog } from '../support/temp-log.ts';

const program = join(import.meta.dirname, '../fixtures/write-runs.ts');
const runsAtOnce = 5;

/** A small generator with a seed, so that a failing moment can be tried again: mulberry32. */
function randomOf(seed: number): number {
  let value = (seed + 0x6d2b79f5) | 0;
  value = Math.imul(value ^ (value >>> 15), value | 1);
  value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
  return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
}

/** Runs the program until it has acknowledged `killAfter` commits, kills it, and gives the last count of each run. */
async function killAt(file: string, { prefix, killAfter }: { prefix: string; killAfter: number }) {
  const child = spawn(process.execPath, [program, file, prefix, String(runsAtOnce), '1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    printed += text;
    if (printed.split('\n').length > killAfter) child.kill('SIGKILL');
  });
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  const whole = printed.slice(0, printed.lastIndexOf('\n') + 1);
  return new Map(
    [...whole.matchAll(/^ack (\S+) (\d+)$/gm)].map((match) => [match[1] ?? '', Number(match[2])]),
  );
}

describe('kill -9 at any moment', () => {
  test('leaves a log that verifies, with all that was acknowledged, and shows which calls are in doubt', {
    timeout: 120_000,
  }, async () => {
    const file = join(tempFolder(), 'audit.db');
    let sawDoubt = 0;
    for (let seed = 1; seed <= 25; seed++) {
      const prefix = `s${seed}`;
      const killAfter = 1 + Math.floor(randomOf(seed) * 400);
      const acknowledged = await killAt(file, { prefix, killAfter });
      const log = openAuditLog({ file, durability: 'full' });
      const report = verifyLog(log);
      expect(report, `seed ${seed}`).toMatchObject({ ok: true, problems: [] });
      const runs = report.runs.filter(({ runId }) => runId.startsWith(`${prefix}-`));
      for (const [runId, events] of acknowledged)
        expect(
          runs.find((run) => run.runId === runId)?.events ?? 0,
          `seed ${seed} ${runId}`,
        ).toBeGreaterThanOrEqual(events);
      for (const run of runs) {
        const open = [...log.events(run.runId)].at(-1);
        expect(
          run.inDoubt.map(({ position }) => position),
          `seed ${seed} ${run.runId}`,
        ).toEqual(open?.type === 'call-begun' ? [open.position] : []);
        sawDoubt += run.inDoubt.length;
      }
      log.close();
    }
    expect(sawDoubt).toBeGreaterThan(0);
  });

  test('the next process goes on in the same log', { timeout: 60_000 }, async () => {
    const file = join(tempFolder(), 'audit.db');
    await killAt(file, { prefix: 'dead', killAfter: 50 });
    const log = tempLog({ file });
    log.append('dead-0', { type: 'run-ended', at: 1, status: 'interrupted' });
    await log.commit();
    expect([...log.events('dead-0')].at(-1)).toMatchObject({ type: 'run-ended' });
    expect(verifyLog(log).ok).toBe(true);
  });
});

test('two processes that write different runs lose nothing', { timeout: 60_000 }, async () => {
  const file = join(tempFolder(), 'audit.db');
  const write = async (prefix: string) => {
    const child = spawn(process.execPath, [program, file, prefix, '5', '60'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return (await once(child, 'exit'))[0];
  };
  expect(await Promise.all([write('left'), write('right')])).toEqual([0, 0]);
  const report = verifyLog(tempLog({ file, readOnly: true }));
  expect(report).toMatchObject({ ok: true });
  expect(report.runs.map(({ runId, events, inDoubt }) => [runId, events, inDoubt.length]).sort()).toEqual(
    ['left', 'right'].flatMap((prefix) => [0, 1, 2, 3, 4].map((run) => [`${prefix}-${run}`, 3 + 2 * 60, 0])),
  );
});
