import { expect, test } from 'vitest';
import type { AuditEvent, FailureRecord } from '../../../src/domain/events.ts';
import type { WorkflowResult } from '../../../src/domain/result.ts';
import { AiworkflowError } from '../../../src/errors/index.ts';
import { openPast } from '../../../src/runtime/rerun/open-past.ts';
import { replayOutcome } from '../../../src/runtime/rerun/replay-outcome.ts';
import { memoryLog } from '../../../src/testing/index.ts';

// A run with one failed step beside another one, and its replay with one thing changed.
const failure = (code: string): FailureRecord => ({ code, message: `${code}.` });
const started: AuditEvent = { type: 'run-started', at: 1, workflowId: 'w', params: {}, program: 'p' };
const begins = (step: string): AuditEvent => ({ type: 'step-started', at: 2, step, kind: 'prompt' });
const story: readonly AuditEvent[] = [
  started,
  begins('a'),
  begins('b'),
  { type: 'step-ended', at: 3, step: 'a', status: 'ok', result: 'r' },
  { type: 'step-ended', at: 4, step: 'b', status: 'failed', error: failure('MODEL_REFUSED') },
  { type: 'run-ended', at: 5, status: 'failed', error: failure('MODEL_REFUSED') },
];
const changed = (index: number, change: object): AuditEvent[] =>
  story.map((event, at) => (at === index ? ({ ...event, ...change } as AuditEvent) : event));

test.each<[string, readonly AuditEvent[], readonly string[], boolean]>([
  ['nothing', story, [], true],
  ["a step's status", changed(3, { status: 'skipped' }), ['a'], false],
  ["a step's result", changed(3, { result: 'other' }), ['a'], false],
  ["a step's error", changed(4, { error: failure('MODEL_AUTH') }), ['b'], false],
  ["a step's end", story.toSpliced(4, 1), ['b'], false],
  ['a step more', story.toSpliced(3, 0, begins('c')), ['c'], false],
  ['a step less', story.filter((event) => !('step' in event && event.step === 'a')), ['a'], false],
  ["the run's error", changed(5, { error: failure('MODEL_AUTH') }), [], false],
  ["the run's status", changed(5, { status: 'stopped' }), [], false],
  ["the run's end", story.slice(0, 5), [], false],
])('otherwise: %s', (_, replay, unequal, equal) => {
  const log = memoryLog();
  for (const event of story) log.append('then', event);
  for (const event of replay) log.append('now', event);
  const made = new AiworkflowError({ code: 'MODEL_REFUSED', message: 'MODEL_REFUSED.' });
  const past = openPast(log, 'then');
  const outcome = replayOutcome(log, { past, replayId: 'now', made, live: 'nothing' });
  expect(outcome.steps.filter((step) => !step.equal).map(({ step }) => step)).toEqual(unequal);
  expect(outcome.equal).toBe(equal);
});

test.each([
  { result: 'r', equal: true },
  { result: 'other', equal: false },
])('a run that ends well with the result "$result": equal $equal', ({ result, equal }) => {
  const log = memoryLog();
  const end = { type: 'run-ended', at: 2, status: 'ok' } as const;
  for (const event of [started, { ...end, result: 'r' }]) log.append('then', event);
  for (const event of [started, { ...end, result }]) log.append('now', event);
  const made = { runId: 'now' } as WorkflowResult;
  const outcome = replayOutcome(log, { past: openPast(log, 'then'), replayId: 'now', made, live: 'nothing' });
  expect(outcome.equal).toBe(equal);
});
