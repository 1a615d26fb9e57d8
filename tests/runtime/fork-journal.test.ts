import { describe, expect, test } from 'vitest';
import type { AuditEvent, RunOrigin } from '../../src/domain/events.ts';
import type { LoadedWorkflow } from '../../src/domain/loaded-workflow.ts';
import { type Past, pastOf } from '../../src/engine/journal/past.ts';
import { forkJournal, inheritedJournal } from '../../src/runtime/rerun/fork-journal.ts';
import { promptStep, workflowOf } from '../engine/workflow-harness.ts';

// Written by hand: three steps in a row, each with one model call.
const workflow: LoadedWorkflow = workflowOf([
  promptStep('a', 'A'),
  promptStep('b', 'B', { needs: ['a'] }),
  promptStep('c', 'C', { needs: ['b'] }),
  promptStep('apart', 'X'),
]);
const definition = 'definition';
const texts: Record<string, string> = { [definition]: JSON.stringify(workflow), answer: 'edited' };

interface Written {
  readonly steps: readonly string[];
  readonly parentRunId?: string;
  readonly origin?: RunOrigin;
}

function recorded(runId: string, { steps, ...lineage }: Written): Past {
  const events: AuditEvent[] = [
    { type: 'run-started', at: 1, workflowId: 'test', definition, params: {}, program: 'p', ...lineage },
    ...steps.flatMap((step): AuditEvent[] => [
      { type: 'step-started', at: 2, step, kind: 'prompt' },
      {
        type: 'call-begun',
        at: 3,
        position: `${step}/m1`,
        call: 'model',
        name: 'm',
        fingerprint: step,
        request: 'r',
      },
      {
        type: 'call-ended',
        at: 4,
        position: `${step}/m1`,
        status: 'ok',
        durationMs: 1,
        source: 'live',
        result: step,
      },
      { type: 'step-ended', at: 5, step, status: 'ok' },
    ]),
  ];
  return pastOf(runId, events, (hash) => texts[hash] ?? '');
}

const first = recorded('first', { steps: ['a', 'b', 'c', 'apart'] });
/** Interrupted when it had taken `a` and made `c`. */
const second = recorded('second', {
  steps: ['a', 'c'],
  parentRunId: 'first',
  origin: { kind: 'fork', from: 'c' },
});
const context = { workflow, asked: () => undefined, open: () => first };

const held = (journal: { holds(position: string): boolean } | undefined): string[] =>
  ['a', 'b', 'c', 'apart'].filter((step) => journal?.holds(`${step}/m1`));

describe('a fork of a fork that stopped early', () => {
  test('takes what was before both places, from whichever run has it', () => {
    expect(held(forkJournal(second, { ...context, from: 'c' }))).toEqual(['a', 'b', 'apart']);
    expect(held(forkJournal(second, { ...context, from: 'a' }))).toEqual(['apart']);
  });

  test('does not take what its parent had made live itself from the first run', () => {
    const journal = forkJournal(second, { ...context, from: 'a' });
    const request = { position: 'c/m1', call: 'model', name: 'm', fingerprint: 'c', request: 'r' } as const;
    expect(journal.find(request)).toEqual({ kind: 'live' });
  });

  test('that is resumed has the same before it', () => {
    expect(held(inheritedJournal(second, context))).toEqual(['a', 'b', 'apart']);
    expect(inheritedJournal(first, context)).toBeUndefined();
  });

  test('keeps the result that was edited in its parent, unless its own place is before that', () => {
    const origin = { kind: 'fork', from: 'b/m1', edited: 'answer' } as const;
    const edited = recorded('edited', { steps: ['a'], parentRunId: 'first', origin });
    const asked = { position: 'b/m1', call: 'model', name: 'm', fingerprint: 'other', request: 'r' } as const;
    const later = inheritedJournal(edited, context);
    expect(later?.find(asked)).toMatchObject({
      kind: 'recorded',
      ended: { source: 'edited', result: 'answer' },
    });
    const earlier = forkJournal(edited, { ...context, from: 'a' });
    expect(earlier.find(asked)).toEqual({ kind: 'live' });
  });
});
