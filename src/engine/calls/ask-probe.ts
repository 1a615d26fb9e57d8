import { canonicalJson } from '../../domain/canonical-json.ts';
import type { CallBegun } from '../../domain/events.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import { probePosition } from '../../domain/position.ts';
import type { ToolOutput } from '../../domain/tool.ts';
import { AiworkflowError } from '../../errors/index.ts';
import type { ToolProbe } from '../../ports/tool-source.ts';
import type { StepContext } from '../steps/step-context.ts';
import { isFromLog, isLost } from './call-lost.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { perform } from './perform.ts';

/** What the tool knows of a call: `result` is what it answered. */
export type ProbeAnswer =
  | { readonly status: 'done'; readonly result: Json }
  | { readonly status: 'not-done' | 'unknown' };

interface DoubtfulCall {
  readonly begun: CallBegun;
  readonly runId: string;
  readonly probe: ToolProbe;
}

/**
 * Asks `<tool>_status` what became of a call, by its idempotency key. It is a call like any other, and in the log; an
 * answer of another shape, or none, leaves the call in doubt. What it was asked before is history: each resume asks anew.
 */
export async function askProbe(step: StepContext, call: DoubtfulCall): Promise<ProbeAnswer> {
  let time = 1;
  for (; step.run.journal.holds(probePosition(call.begun.position, time)); time++)
    await pastQuestion(step, call, time);
  try {
    return await askOnce(step, call, time);
  } catch (error) {
    if (isUnanswered(error) && !step.signal.aborted) return { status: 'unknown' };
    throw error;
  }
}

/** A question that the program died in is not left open in the log; what it was answered then counts no more. */
async function pastQuestion(step: StepContext, call: DoubtfulCall, time: number): Promise<void> {
  try {
    await askOnce(step, call, time);
  } catch (error) {
    if (!isLost(error) && !isFromLog(error)) throw error;
  }
}

/** A question that was cut off is no answer; that the server is gone is another matter, and said as it is. */
const isUnanswered = (error: unknown): boolean =>
  AiworkflowError.is(error) && error.code === 'TOOL_OUTCOME_UNKNOWN';

function askOnce(
  step: StepContext,
  { begun, runId, probe }: DoubtfulCall,
  time: number,
): Promise<ProbeAnswer> {
  const { services } = step.run;
  const { name, effect } = probe.definition;
  const key = idempotencyKey({ runId }, begun.position);
  const args = { idempotencyKey: key };
  const store = (value: unknown) => services.log.store(canonicalJson(value as Json));
  const request = store({ tool: name, definition: store(probe.definition), arguments: args });
  const position = probePosition(begun.position, time);
  return perform<ProbeAnswer>(
    step.run,
    { position, call: 'tool', name, fingerprint: request, request, callId: position, effect },
    {
      source: () => 'live',
      mayRepeat: () => ({ repeat: true, by: 'aiworkflow', why: 'a probe only reads' }),
      async live() {
        const { signal, limits } = step;
        const idempotencyKey = `${key}/probe`;
        const output = await probe.call(args, { signal, timeoutMs: limits.toolTimeoutMs, idempotencyKey });
        const { content, isError } = output;
        const result = store({ role: 'tool', callId: position, name, content, isError });
        return { value: answerOf(output), record: { status: isError ? 'error' : 'ok', result } };
      },
      revive: () => ({ status: 'unknown' }),
    },
  );
}

function answerOf(output: ToolOutput): ProbeAnswer {
  const value = output.structured ?? jsonOf(output);
  if (output.isError || !isJsonObject(value)) return { status: 'unknown' };
  if (value['status'] === 'done' && value['result'] !== undefined)
    return { status: 'done', result: value['result'] };
  return { status: value['status'] === 'not-done' ? 'not-done' : 'unknown' };
}

function jsonOf({ content }: ToolOutput): Json | undefined {
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // words instead of an answer: nobody can build on them
  }
}
