import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { ContentPart, ToolMessage } from '../../domain/message.ts';
import { nextAttempt, type Position } from '../../domain/position.ts';
import type { ToolOutput } from '../../domain/tool.ts';
import { AiworkflowError, failureRecord, type ToolError } from '../../errors/index.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import { isFromLog, isLost } from '../calls/call-lost.ts';
import { idempotencyKey } from '../calls/idempotency-key.ts';
import { mayRepeat, mayRunAgain } from '../calls/may-repeat.ts';
import { perform } from '../calls/perform.ts';
import type { Completed } from '../calls/performance.ts';
import { leadsOn } from '../journal/leads-on.ts';
import { abortError } from '../runs/run-context.ts';
import type { StepContext } from '../steps/step-context.ts';
import { isDeferredTool } from '../steps/tools-of-step.ts';
import { capContent } from './cap-result.ts';
import { type StoredMessage, storeMessage } from './conversation.ts';

export interface ToolCall {
  /** Of the first attempt. */
  readonly position: Position;
  readonly callId: string;
  readonly tool: CallableTool;
  readonly args: JsonObject;
  /** The definition's hash in the log, when the step's frame has stored it already. */
  readonly definition?: Hash;
  /** No model reads the result: `limits.toolResultBytes` is not for it. */
  readonly uncut?: boolean;
}

export interface ToolResult {
  /** What the model is shown: the result, or as much of it as the limit allows. */
  readonly shown: StoredMessage & { readonly message: ToolMessage };
  readonly output: ToolOutput;
}

/**
 * One tool call with arguments that fit, through the log. In a resumed run a call that was not made, or was lost and
 * may be repeated, is made again as the next attempt. `accept` throws for a result that ends the step: a tool that only
 * reads is asked again then too.
 */
export async function callTool<Value>(
  step: StepContext,
  call: ToolCall,
  accept: (result: ToolResult) => Value,
): Promise<Value> {
  for (let position = call.position; ; position = nextAttempt(position)) {
    const made: { result?: ToolResult } = {};
    try {
      made.result = await attemptCall(step, call, position);
      return accept(made.result);
    } catch (error) {
      if (!goesOn(step, position, { call, error, made: made.result !== undefined })) throw error;
    }
  }
}

/** Whether the call is made again: it was lost, or it is in the log and what came of it may be left. */
function goesOn(
  step: StepContext,
  position: Position,
  { call, error, made }: { readonly call: ToolCall; readonly error: unknown; readonly made: boolean },
): boolean {
  if (isLost(error)) return true;
  const next = nextAttempt(position);
  const repeatable = made ? mayRunAgain(call.tool) || step.run.journal.holds(next) : isFromLog(error);
  return repeatable && leadsOn(step, position, next);
}

async function attemptCall(step: StepContext, call: ToolCall, position: Position): Promise<ToolResult> {
  const { services, journal } = step.run;
  const { definition } = call.tool;
  const request = services.log.store(
    canonicalJson({
      tool: definition.name,
      definition: call.definition ?? services.log.store(canonicalJson(definition as unknown as Json)),
      arguments: call.args,
    }),
  );
  if (journal.holds(position)) markTouched(step, call.tool);
  return perform<ToolResult>(
    step.run,
    {
      position,
      call: 'tool',
      name: definition.name,
      fingerprint: request,
      request,
      callId: call.callId,
      effect: definition.effect,
    },
    {
      source: () => 'live',
      ...(isDeferredTool(call.tool) && { prepare: () => startTool(call.tool) }),
      mayRepeat: (begun, runId) => mayRepeat(step, { begun, runId, tool: call.tool, callId: call.callId }),
      inDoubt: (error) => outcomeUnknown(error) && !mayRunAgain(call.tool),
      live: async () => {
        markTouched(step, call.tool);
        return completed(step, call, await callLive(step, call, position));
      },
      revive: (ended, load) => revived(step, load(ended.result ?? ''), ended.shown && load(ended.shown)),
    },
  );
}

async function startTool(tool: CallableTool): Promise<void> {
  if (isDeferredTool(tool)) await tool.ready();
}

/** Called with effects, whatever came of it: a step that did so is not tried again. */
function markTouched(step: StepContext, tool: CallableTool): void {
  if (!mayRunAgain(tool)) step.run.touched.add(step.path);
}

async function callLive(step: StepContext, call: ToolCall, position: Position): Promise<LiveOutput> {
  try {
    return await call.tool.call(call.args, {
      signal: step.signal,
      timeoutMs: step.limits.toolTimeoutMs,
      idempotencyKey: idempotencyKey(step.run, position),
    });
  } catch (error) {
    if (step.signal.aborted && mayRunAgain(call.tool)) throw abortError(step.signal);
    if (!outcomeUnknown(error) || !mayRunAgain(call.tool)) throw error;
    const text = `${error.message} It is safe to make this call again.`;
    return { content: [{ type: 'text', text }], isError: true, failure: error };
  }
}

const outcomeUnknown = (error: unknown): error is ToolError =>
  AiworkflowError.is(error) && error.code === 'TOOL_OUTCOME_UNKNOWN';

/** `failure`: the call was cut off, and the result is our own word for it. */
type LiveOutput = ToolOutput & { readonly failure?: ToolError };

function completed(step: StepContext, call: ToolCall, raw: LiveOutput): Completed<ToolResult> {
  const { services } = step.run;
  const output = scrubbed(raw, services.scrub);
  const whole: ToolMessage = {
    role: 'tool',
    callId: call.callId,
    name: call.tool.definition.name,
    content: output.content,
    isError: output.isError,
  };
  const content = call.uncut ? output.content : capContent(output.content, step.limits.toolResultBytes);
  const message = content === output.content ? whole : { ...whole, content };
  const shown = { message, ...storeMessage(services, message) };
  const result = storeResult(step, { whole, output, shown });
  return {
    value: { shown, output },
    record: {
      status: output.isError ? 'error' : 'ok',
      result,
      ...(raw.failure && { error: failureRecord(raw.failure) }),
      ...(shown.hash !== result && { shown: shown.hash }),
    },
  };
}

/** The message is the result, unless it was cut, or the tool gave JSON that its text does not repeat. */
function storeResult(
  step: StepContext,
  { whole, output, shown }: { whole: ToolMessage; output: ToolOutput; shown: StoredMessage },
): Hash {
  const structured = repeatedInText(output) ? undefined : output.structured;
  if (shown.message === whole && structured === undefined) return shown.hash;
  return step.run.services.log.store(canonicalJson({ ...whole, structured } as unknown as Json));
}

function revived(step: StepContext, result: string, shownText: string | undefined): ToolResult {
  const whole = JSON.parse(result) as ToolMessage & { structured?: Json };
  const { structured, ...message } = whole;
  const shown = shownText === undefined ? message : (JSON.parse(shownText) as ToolMessage);
  return {
    shown: { message: shown, ...storeMessage(step.run.services, shown) },
    output: {
      content: whole.content,
      isError: whole.isError,
      ...(structured !== undefined && { structured }),
    },
  };
}

/** MCP servers repeat structured content as JSON text; then one copy in the log is enough. */
function repeatedInText(output: ToolOutput): boolean {
  if (output.structured === undefined) return true;
  const value = jsonOfContent(output.content);
  return value !== undefined && canonicalJson(value) === canonicalJson(output.structured);
}

/** The JSON that a result's text is, or undefined. */
export function jsonOfContent(content: readonly ContentPart[]): Json | undefined {
  const [only, ...others] = content;
  if (only?.type !== 'text' || others.length > 0) return undefined;
  try {
    return JSON.parse(only.text) as Json;
  } catch {
    return undefined; // plain text: that is a result too
  }
}

function scrubbed(output: ToolOutput, scrub: (text: string) => string): ToolOutput {
  const content = output.content.map((part) => (part.type === 'text' ? scrubbedText(part, scrub) : part));
  if (output.structured === undefined) return { content, isError: output.isError };
  const text = canonicalJson(output.structured);
  const clean = scrub(text);
  const structured = clean === text ? output.structured : (JSON.parse(clean) as Json);
  return { content, isError: output.isError, structured };
}

function scrubbedText(
  part: { readonly type: 'text'; readonly text: string },
  scrub: (text: string) => string,
) {
  const text = scrub(part.text);
  return text === part.text ? part : { type: 'text' as const, text };
}
