import { hash } from 'node:crypto';
import * as fc from 'fast-check';
import { z } from 'zod';
import type { LoadedStep, LoadedWorkflow } from '../../src/domain/loaded-workflow.ts';
import type { Message } from '../../src/domain/message.ts';
import { ModelError } from '../../src/errors/index.ts';
import type { CallableTool } from '../../src/ports/tool-source.ts';
import type { Script, ScriptedReply } from '../../src/testing/index.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { callStep, innerStep, promptStep, workflowOf } from './workflow-harness.ts';

/**
 * Workflows of every shape, and a model and tools whose answers depend on what they are asked and on nothing else: so
 * that whatever way a run takes to its end, the end is one.
 */
export interface StepPlan {
  readonly kind: 'prompt' | 'call' | 'workflow';
  readonly tool: 'look' | 'put' | 'send';
  readonly items: 0 | 1 | 3;
  readonly rounds: 0 | 2;
  readonly retry: boolean;
  readonly skipped: boolean;
  readonly contract: boolean;
  /** Uses the result of the step before it; else it runs beside it. */
  readonly follows: boolean;
  readonly salt: number;
  readonly inner: readonly StepPlan[];
}

const plan = (inner: fc.Arbitrary<readonly StepPlan[]>): fc.Arbitrary<StepPlan> =>
  fc.record({
    kind: fc.constantFrom('prompt', 'prompt', 'prompt', 'call', 'workflow'),
    tool: fc.constantFrom('look', 'put', 'send'),
    items: fc.constantFrom(0, 0, 1, 3),
    rounds: fc.constantFrom(0, 0, 2),
    retry: fc.boolean(),
    skipped: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    contract: fc.boolean(),
    follows: fc.boolean(),
    salt: fc.integer({ min: 0, max: 999 }),
    inner,
  });
const flat = fc.array(plan(fc.constant([])), { minLength: 1, maxLength: 2 });

export const workflowPlans: fc.Arbitrary<readonly StepPlan[]> = fc.array(plan(flat), {
  minLength: 1,
  maxLength: 4,
});

export function workflowOfPlans(plans: readonly StepPlan[], depth = 0): LoadedWorkflow {
  const steps = plans.map((one, index) => stepOfPlan(one, { index, depth, plans }));
  const results = plans.flatMap(({ skipped }, index) => (skipped ? [] : [`{{ json s${index}.response }}`]));
  return workflowOf(steps, {
    id: `plan-${depth}`,
    params: {
      given: { type: 'string', default: 'nothing' },
      list1: { type: 'array', default: ['i0'] },
      list3: { type: 'array', default: ['i0', 'i1', 'i2'] },
    },
    result: { text: results.join(' ') || 'nothing', origin: { file: 'test.yaml', line: 1, column: 1 } },
  });
}

function stepOfPlan(
  { kind, tool, items, rounds, retry, skipped, contract, follows, salt, inner }: StepPlan,
  { index, depth, plans }: { index: number; depth: number; plans: readonly StepPlan[] },
): LoadedStep {
  const before = follows && index > 0 && !plans[index - 1]?.skipped ? index - 1 : undefined;
  const words = [
    `salt ${salt}`,
    items > 0 ? 'item {{ item }}' : '',
    rounds > 0 ? 'round {{ round }}' : '',
    before === undefined ? 'of {{ params.given }} in {{ run.id }}' : `after {{ json s${before}.response }}`,
  ].join(' ');
  const change = {
    ...(before !== undefined && { needs: [`s${before}`] }),
    ...(items > 0 && { forEach: `{{ params.list${items} }}`, concurrency: 2 }),
    ...(rounds > 0 && { until: `{{ eq round ${rounds} }}` }),
    ...(retry && { retry: { attempts: 2, delayMs: 10 } }),
    ...(skipped && { when: '{{ eq 1 2 }}' }),
    ...(kind === 'prompt' && contract && { response: answerContract }),
  };
  const id = `s${index}`;
  if (kind === 'call') return callStep(id, tool, { what: words }, change as never);
  if (kind === 'workflow' && depth === 0)
    return innerStep(id, workflowOfPlans(inner, depth + 1), { given: words }, change as never);
  return promptStep(id, words, change as never);
}

const answerContract = {
  name: 'answer',
  source: 'test',
  schema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
};

/** Words that come to the same for the same conversation. What fails, fails at its first attempt only. */
export const steadyModel: Script = ({ messages, output }, { position }) => {
  const dice = diceOf(messages);
  const turn = messages.filter(({ role }) => role === 'assistant').length;
  const isFirstAttempt = !position.includes('!');
  if (isFirstAttempt && dice('fails', turn) === 0) throw transient(dice('how', turn));
  if (turn === 0 && dice('pause', 0) === 0) return { text: '…', stopReason: 'pause' };
  if (turn < dice('turns', 0) % 3) return toolTurn(dice, turn);
  const repaired = messages.filter(({ role }) => role === 'user').length > 1;
  if (output && !repaired && dice('wrong', 0) < 3) return { json: { n: 'many' } };
  return output ? { json: { n: dice('answer', turn) } } : `answer ${dice('answer', turn)}`;
};

type Dice = (what: string, turn: number) => number;

/** 0 to 9, by what was asked first. Call ids and attempts do not count. */
function diceOf(messages: readonly Message[]): Dice {
  const first = JSON.stringify(messages.find(({ role }) => role === 'user'));
  return (what, turn) =>
    Number.parseInt(hash('sha256', `${first} ${what} ${turn}`, 'hex').slice(0, 6), 16) % 10;
}

function transient(kind: number): ModelError {
  const code = kind < 5 ? 'MODEL_OVERLOADED' : 'MODEL_STREAM_BROKEN';
  return new ModelError({ code, message: 'Once.', retryable: true });
}

function toolTurn(dice: Dice, turn: number): ScriptedReply {
  const names = ['look', 'put', 'send', 'look', 'grumble', 'nothing'];
  const count = 1 + (dice('count', turn) % 3);
  const parts = Array.from({ length: count }, (_, index) => {
    const name = names[dice(`tool ${index}`, turn) % names.length] ?? 'look';
    const wrong = dice(`arguments ${index}`, turn) === 0;
    return {
      type: 'tool-call' as const,
      // Not of the attempt: the same words, whichever attempt says them.
      callId: `c${turn}.${index}`,
      name,
      argumentsText: wrong ? '{"what": 1}' : JSON.stringify({ what: `${turn} ${index}` }),
    };
  });
  return { role: 'assistant', parts };
}

const tool = (name: string, effect: 'read' | 'idempotent' | 'irreversible'): CallableTool =>
  defineTool({
    name,
    description: `${name}.`,
    effect,
    input: z.object({ what: z.string() }),
    run: async ({ what }) => {
      await Promise.resolve();
      if (name === 'grumble') throw new Error(`no ${what}`);
      return name === 'look' ? { seen: hash('sha256', what, 'hex').slice(0, 8) } : `${name} ${what}`;
    },
  });

export const steadyTools: readonly CallableTool[] = [
  tool('look', 'read'),
  tool('put', 'idempotent'),
  tool('send', 'irreversible'),
  tool('grumble', 'read'),
];
