import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/domain/events.ts';
import { foldRun, workedMs } from '../../src/engine/fold-run.ts';

// What a run and its steps took is the time in which somebody worked on them, not the night in between.

const program = 'test';
const started = (at: number): AuditEvent => ({
  type: 'run-started',
  at,
  workflowId: 'w',
  params: {},
  program,
});
const resumed = (at: number): AuditEvent => ({ type: 'run-resumed', at, program });
const ended = (at: number, status: 'ok' | 'failed'): AuditEvent => ({ type: 'run-ended', at, status });
const step = (at: number, name: string): AuditEvent => ({
  type: 'step-started',
  at,
  step: name,
  kind: 'prompt',
});
const stepEnded = (at: number, name: string, status: 'ok' | 'failed'): AuditEvent => ({
  type: 'step-ended',
  at,
  step: name,
  status,
});
const decided = (at: number): AuditEvent => ({
  type: 'call-resolved',
  at,
  position: 'b/m1',
  decision: 'retry',
  by: 'Ada',
  why: 'looked',
});

describe('the time that was worked, of the run, of a and of b:', () => {
  test.each<[string, AuditEvent[], readonly number[]]>([
    [
      'in one go',
      [
        started(100),
        step(110, 'a'),
        stepEnded(130, 'a', 'ok'),
        step(130, 'b'),
        stepEnded(190, 'b', 'ok'),
        ended(200, 'ok'),
      ],
      [100, 20, 60],
    ],
    [
      'that failed and was resumed the next day, with a decision in between',
      [
        started(100),
        step(110, 'a'),
        stepEnded(130, 'a', 'ok'),
        step(130, 'b'),
        stepEnded(140, 'b', 'failed'),
        ended(150, 'failed'),
        decided(4000),
        resumed(9000),
        step(9010, 'b'),
        stepEnded(9030, 'b', 'ok'),
        ended(9040, 'ok'),
      ],
      [90, 20, 30],
    ],
    [
      'that died, died again before it came to b, and was resumed',
      [
        started(100),
        step(110, 'a'),
        stepEnded(130, 'a', 'ok'),
        step(130, 'b'),
        resumed(5000),
        resumed(9000),
        step(9010, 'b'),
        stepEnded(9030, 'b', 'ok'),
        ended(9040, 'ok'),
      ],
      [70, 20, 20],
    ],
    [
      'that works still',
      [started(100), step(110, 'a'), resumed(8000), step(8010, 'a'), step(8010, 'b')],
      [1000 + 10, 990, 990],
    ],
  ])('%s', (_, events, times) => {
    const run = foldRun('run-1', events);
    const { endedAt, pausedMs, steps } = run;
    const whole = { startedAt: 100, pausedMs, ...(endedAt !== undefined && { endedAt }) };
    const ofSteps = [...steps.values()].map((one) => workedMs(one, 9000));
    expect([workedMs(whole, 9000), ...ofSteps]).toEqual(times);
  });
});
