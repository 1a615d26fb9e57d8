import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Json } from '../../domain/json.ts';
import { type StepPath, stepOfPosition } from '../../domain/position.ts';
import { effectClassSchema, type ToolDefinition } from '../../domain/tool.ts';
import { matchesPattern } from '../../domain/tool-pattern.ts';
import { AiworkflowError, type ErrorCode } from '../../errors/index.ts';
import type { CallableTool, ToolSource } from '../../ports/tool-source.ts';
import type { RunContext } from '../runs/run-context.ts';
import { shellWord } from './show-hint.ts';

/** A tool that the log describes; the real one is looked up when a call of it has to be made. */
export interface DeferredTool extends CallableTool {
  ready(): Promise<CallableTool>;
}

/**
 * The tools of a prompt step. A conversation that is in the log keeps the definitions that it began with, and no server
 * is started for what its calls answered.
 */
export async function toolsOfStep(
  run: RunContext,
  {
    path,
    patterns,
    tools,
  }: { readonly path: StepPath; readonly patterns: readonly string[]; readonly tools: ToolSource },
): Promise<readonly CallableTool[]> {
  const frame = run.journal.frameOf(path);
  // A frozen replay ends at the first call that is not in the log: it needs no tools for a step that made none.
  if (!frame) return run.journal.closed ? [] : tools.resolve(patterns);
  const recorded = frame.tools.map((hash) => JSON.parse(frame.load(hash)) as ToolDefinition);
  const matched = recorded.filter(({ name }) => patterns.some((pattern) => matchesPattern(pattern, name)));
  const added = patterns.find((pattern) => !recorded.some(({ name }) => matchesPattern(pattern, name)));
  if (added !== undefined && run.journal.closed) throw notOffered(path, added);
  if (added !== undefined) return tools.resolve(patterns);
  return matched.map((definition) => deferredTool(definition, { tools, runId: run.runId, step: path }));
}

/** The tool of a `call:` step. */
export async function toolOfCall(
  run: RunContext,
  { position, name, tools }: { readonly position: string; readonly name: string; readonly tools: ToolSource },
): Promise<CallableTool | undefined> {
  const recorded = run.journal.toolAt(position);
  const definition = recorded && (JSON.parse(recorded.load(recorded.definition)) as ToolDefinition);
  const asked = { tools, runId: run.runId, step: stepOfPosition(position) };
  if (definition?.name === name) return deferredTool(definition, asked);
  // Of another tool nothing is known; the call of it is a divergence, whatever its arguments.
  if (run.journal.closed)
    return deferredTool({ name, description: '', inputSchema: {}, effect: 'read' }, asked);
  return (await tools.resolve([name]))[0];
}

export const isDeferredTool = (tool: CallableTool): tool is DeferredTool => 'ready' in tool;

/** Where a tool is looked up, and for which step of which run. */
interface Asked {
  readonly tools: ToolSource;
  readonly runId: string;
  readonly step: StepPath;
}

function deferredTool(definition: ToolDefinition, asked: Asked): DeferredTool {
  let real: Promise<CallableTool> | undefined;
  const ready = (): Promise<CallableTool> => {
    real ??= realTool(definition, asked);
    return real;
  };
  return { definition, ready, call: async (args, context) => (await ready()).call(args, context) };
}

/**
 * The model was told what the tool does by a definition that is in the log: a tool that does otherwise is another one.
 * The class is the project's word, not the model's: a milder one is how a person settles that a call may be repeated.
 */
async function realTool(definition: ToolDefinition, { tools, runId, step }: Asked): Promise<CallableTool> {
  const [tool] = await tools.resolve([definition.name]);
  if (tool && described(tool.definition) === described(definition) && !isWorse(tool.definition, definition))
    return tool;
  throw new AiworkflowError({
    code: 'TOOL_CHANGED' satisfies ErrorCode,
    message: `${definition.name} is not described as it was when this step began; the conversation in the log was led with the old description.`,
    hint: `\`aiworkflow fork ${runId} --from ${shellWord(step)}\` begins the step anew with the tool as it is now.`,
    details: { tool: definition.name },
  });
}

function described({ effect: _effect, ...rest }: ToolDefinition): string {
  return canonicalJson(rest as unknown as Json);
}

const isWorse = (now: ToolDefinition, then: ToolDefinition): boolean =>
  effectClassSchema.options.indexOf(now.effect) > effectClassSchema.options.indexOf(then.effect);

function notOffered(path: StepPath, pattern: string): AiworkflowError {
  return new AiworkflowError({
    code: 'REPLAY_DIVERGED',
    message: `Step "${path}" now asks for the tools "${pattern}", and the recorded run offered none of that name.`,
    hint: 'Run it anew, or fork the recorded run from this step.',
    details: { position: path, step: path, tools: pattern },
  });
}
