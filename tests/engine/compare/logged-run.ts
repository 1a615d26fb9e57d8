import { hash } from 'node:crypto';
import { canonicalJson } from '../../../src/domain/canonical-json.ts';
import type { AuditEvent, CallEnded, RunStarted } from '../../../src/domain/events.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { Usage } from '../../../src/domain/usage.ts';
import type { ComparedRun } from '../../../src/engine/compare/compared-run.ts';
import { foldRun } from '../../../src/engine/runs/fold-run.ts';

/** A run as the log would hold it, written call by call. */
export interface LoggedRun extends ComparedRun {
  readonly texts: Map<string, string>;
}

export interface Writer {
  step(
    path: string,
    calls: (step: StepWriter) => void,
    end?: { answer?: Json; status?: 'ok' | 'failed' },
  ): void;
}

export interface StepWriter {
  model(turn: number, says: Says): void;
  tool(place: string, name: string, args: Json, result: Json, more?: Partial<CallEnded>): void;
  /** A call without an end. */
  begun(place: string, name: string, args: Json): void;
  /** What a person decided about it. */
  resolved(place: string, decision: 'retry' | 'result' | 'skip', result?: string): void;
}

export interface Says {
  readonly asks?: string;
  readonly text?: string;
  readonly calls?: readonly (readonly [callId: string, name: string, args: Json])[];
  readonly model?: string;
  readonly settings?: Json;
  readonly costUsd?: number | null;
  readonly attempt?: number;
  readonly fails?: string;
}

const usage: Usage = {
  inputTokens: 10,
  outputTokens: 5,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};

export function loggedRun(
  runId: string,
  write: (run: Writer) => void,
  started: Partial<RunStarted> & { readonly running?: true } = {},
): LoggedRun {
  const texts = new Map<string, string>();
  const events: AuditEvent[] = [];
  let at = 1000;
  const store = (value: Json): string => {
    const text = canonicalJson(value);
    const key = hash('sha256', text, 'hex');
    texts.set(key, text);
    return key;
  };
  const { running, ...more } = started;
  events.push({ type: 'run-started', at, workflowId: 'sums', params: {}, program: 'test', ...more });
  const end = (position: string, fields: Partial<CallEnded>): void => {
    events.push({
      type: 'call-ended',
      at: ++at,
      position,
      status: 'ok',
      durationMs: 1,
      source: 'live',
      ...fields,
    });
  };
  const stepWriter = (path: string): StepWriter => {
    let added: string[] = [];
    let tip = '';
    const join = (message: Json): string => {
      const key = store(message);
      added.push(key);
      tip = hash('sha256', tip + key, 'hex');
      return key;
    };
    const tool = (place: string, name: string, args: Json): string => {
      const request = store({ tool: name, definition: store({ name }), arguments: args });
      const position = `${path}/${place}`;
      events.push({
        type: 'call-begun',
        at: ++at,
        position,
        call: 'tool',
        name,
        fingerprint: request,
        request,
        callId: place,
      });
      return position;
    };
    return {
      model(
        turn,
        { asks, text = '', calls = [], model = 'x:one', settings = {}, costUsd = 0.01, attempt = 1, fails },
      ) {
        if (asks !== undefined) join({ role: 'user', content: [{ type: 'text', text: asks }] });
        const frame = store({ model, settings, tools: [store({ name: 'a' })] });
        const position = `${path}/m${turn}${attempt === 1 ? '' : `!${attempt}`}`;
        events.push({
          type: 'call-begun',
          at: ++at,
          position,
          call: 'model',
          name: model,
          fingerprint: frame + tip,
          request: frame,
          added,
        });
        added = [];
        if (fails !== undefined)
          return end(position, { status: 'error', error: { code: fails, message: 'failed' } });
        const parts = calls.map(([callId, name, args]) => ({
          type: 'tool-call',
          callId,
          name,
          argumentsText: canonicalJson(args),
        }));
        const said = text === '' ? [] : [{ type: 'text', text }];
        end(position, { result: join({ role: 'assistant', parts: [...said, ...parts] }), usage, costUsd });
      },
      tool(place, name, args, result, fields) {
        const position = tool(place, name, args);
        const content = [{ type: 'text', text: typeof result === 'string' ? result : canonicalJson(result) }];
        end(position, {
          result: join({ role: 'tool', callId: `${runId}-${place}`, name, content, isError: false }),
          ...fields,
        });
      },
      begun: tool,
      resolved(place, decision, result) {
        const content = [{ type: 'text', text: result ?? '' }];
        const message = { role: 'tool', callId: 'resolved', name: 'x', content, isError: false };
        const blob = result === undefined ? {} : { result: store(message) };
        const position = `${path}/${place}`;
        events.push({
          type: 'call-resolved',
          at: ++at,
          position,
          decision,
          by: 'Ada',
          why: 'looked',
          ...blob,
        });
      },
    };
  };
  write({
    step(path, calls, { answer, status = 'ok' } = {}) {
      events.push({ type: 'step-started', at: ++at, step: path, kind: 'prompt', model: 'x:one' });
      calls(stepWriter(path));
      const result = answer === undefined ? undefined : store({ response: answer, costUsd: at });
      events.push({
        type: 'step-ended',
        at: ++at,
        step: path,
        status,
        ...(result !== undefined && { result }),
      });
    },
  });
  if (!running) events.push({ type: 'run-ended', at: ++at, status: 'ok' });
  return { run: foldRun(runId, events), load: (key) => texts.get(key), texts };
}
