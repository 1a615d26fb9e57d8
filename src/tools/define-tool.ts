import { z } from 'zod';
import type { Json, JsonObject, JsonSchema } from '../domain/json.ts';
import type { EffectClass, ToolOutput } from '../domain/tool.ts';
import { AiworkflowError, InterruptedError, messageOf, ToolError } from '../errors/index.ts';
import type { CallableTool, ToolCallContext } from '../ports/tool-source.ts';
import { failedOutput, structuredOutput, textOutput } from './tool-output.ts';

export interface LocalTool<Input extends z.ZodObject> {
  /** A plain name, without a dot. */
  readonly name: string;
  /** What the model reads to decide when to call it. */
  readonly description: string;
  readonly input: Input;
  /** Checked after each call; also told to the model. */
  readonly output?: z.ZodType;
  /** What a second, unintended run would do. Default `irreversible`. */
  readonly effect?: EffectClass;
  /** A string becomes text; anything else is JSON. What it throws goes to the model as a failed result. */
  run(args: z.output<Input>, context: ToolCallContext): unknown;
}

/** A function of this program as a tool. `context.signal` fires on cancellation and when the time is up. */
export function defineTool<Input extends z.ZodObject>(tool: LocalTool<Input>): CallableTool {
  const definition = {
    name: tool.name,
    description: tool.description,
    inputSchema: jsonSchemaOf(tool.input, 'input'),
    ...(tool.output && { outputSchema: jsonSchemaOf(tool.output, 'output') }),
    effect: tool.effect ?? 'irreversible',
  };
  return { definition, call: (args, context) => callLocalTool({ tool, args, context }) };
}

function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  // Through text: toJSONSchema gives an object with a non-enumerable zod handle and undefined fields.
  return JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io })));
}

interface LocalCall<Input extends z.ZodObject> {
  readonly tool: LocalTool<Input>;
  readonly args: JsonObject;
  readonly context: ToolCallContext;
}

async function callLocalTool<Input extends z.ZodObject>(call: LocalCall<Input>): Promise<ToolOutput> {
  const { tool, args, context } = call;
  if (context.signal.aborted) throw interrupted(tool.name);
  const parsed = tool.input.safeParse(args);
  if (!parsed.success) return failedOutput(`The arguments are wrong: ${z.prettifyError(parsed.error)}`);
  const cutOff = startCutOff(context);
  try {
    const work = Promise.resolve(tool.run(parsed.data, { ...context, signal: cutOff.signal }));
    return outputOf(tool, await untilCutOff(work, cutOff.signal));
  } catch (error) {
    if (cutOff.signal.aborted) throw outcomeUnknown(call, error);
    return failedOutput(messageWithHint(error));
  } finally {
    cutOff.stop();
  }
}

// setTimeout fires at once for anything longer (2^31 - 1 ms, 24 days).
const longestTimerMs = 2_147_483_647;

/** Aborts when the caller does or when the time is over. By hand: with AbortSignal.any it takes three times as long. */
function startCutOff({ signal, timeoutMs }: ToolCallContext) {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  // Not AbortSignal.timeout: its timer lets the process end while a tool is still being waited for.
  const timer = setTimeout(() => controller.abort(), Math.min(timeoutMs, longestTimerMs));
  const stop = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, stop };
}

function outputOf<Input extends z.ZodObject>(tool: LocalTool<Input>, value: unknown): ToolOutput {
  const checked = tool.output?.safeParse(value);
  if (checked && !checked.success) {
    return failedOutput(
      `The tool gave a result that breaks its own schema: ${z.prettifyError(checked.error)}`,
    );
  }
  const result = checked ? checked.data : value;
  if (typeof result === 'string') return textOutput(result);
  return structuredOutput(toJson(result));
}

function toJson(value: unknown): Json {
  const text = JSON.stringify(value ?? null);
  if (text === undefined) throw new TypeError(`the tool gave a ${typeof value}, which has no JSON form`);
  return JSON.parse(text);
}

/** A tool that never returns must not hold the run: its promise is left behind when the signal fires. */
function untilCutOff<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function outcomeUnknown<Input extends z.ZodObject>(call: LocalCall<Input>, cause: unknown): ToolError {
  const { tool, context } = call;
  const reason = context.signal.aborted ? 'cancelled' : `not done after ${context.timeoutMs} ms`;
  return new ToolError({
    code: 'TOOL_OUTCOME_UNKNOWN',
    message: `The call of "${tool.name}" was ${reason}; what it does may have happened.`,
    details: { tool: tool.name, reason: context.signal.aborted ? 'cancelled' : 'timeout' },
    cause,
  });
}

function interrupted(name: string): InterruptedError {
  return new InterruptedError({
    code: 'INTERRUPTED',
    message: `"${name}" was not called: the run was interrupted.`,
  });
}

function messageWithHint(error: unknown): string {
  const hint = AiworkflowError.is(error) ? error.hint : undefined;
  return hint === undefined ? messageOf(error) : `${messageOf(error)}\n${hint}`;
}
