import { canonicalJson } from '../domain/canonical-json.ts';
import type { CallBegun } from '../domain/events.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import { probePosition } from '../domain/position.ts';
import type { ToolOutput } from '../domain/tool.ts';
import type { ToolProbe } from '../ports/tool-source.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { perform } from './perform.ts';
import type { StepContext } from './step-context.ts';

/** What the tool knows of a call: `result` is what it answered. */
export type ProbeAnswer =
  | { readonly status: 'done'; readonly result: Json }
  | { readonly status: 'not-done' | 'unknown' };

/**
 * Asks `<tool>_status` what became of a call, by its idempotency key. It is a call like any other, and in the log; an
 * answer of another shape, or none, leaves the call in doubt.
 */
export async function askProbe(
  step: StepContext,
  { begun, probe }: { readonly begun: CallBegun; readonly probe: ToolProbe },
): Promise<ProbeAnswer> {
  const { services } = step.run;
  const { definition } = probe;
  const key = idempotencyKey(step.run, begun.position);
  const args = { idempotencyKey: key };
  let time = 1;
  while (step.run.journal.holds(probePosition(begun.position, time))) time += 1;
  const store = (value: unknown) => services.log.store(canonicalJson(value as Json));
  const request = store({ tool: definition.name, definition: store(definition), arguments: args });
  const position = probePosition(begun.position, time);
  const { name, effect } = definition;
  return perform<ProbeAnswer>(
    step.run,
    { position, call: 'tool', name, fingerprint: request, request, callId: position, effect },
    {
      source: () => 'live',
      mayRepeat: () => ({ repeat: true, by: 'aiworkflow', why: 'a probe only reads' }),
      async live() {
        const { signal, limits } = step;
        const output = await probe.call(args, {
          signal,
          timeoutMs: limits.toolTimeoutMs,
          idempotencyKey: `${key}/probe`,
        });
        const message = {
          role: 'tool',
          callId: position,
          name,
          content: output.content,
          isError: output.isError,
        };
        const status = output.isError ? 'error' : 'ok';
        return { value: answerOf(output), record: { status, result: store(message) } };
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
