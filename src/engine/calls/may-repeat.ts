import { canonicalJson } from '../../domain/canonical-json.ts';
import type { CallBegun } from '../../domain/events.ts';
import type { Json } from '../../domain/json.ts';
import type { ToolMessage } from '../../domain/message.ts';
import { ToolError } from '../../errors/index.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import { shellWord } from '../steps/show-hint.ts';
import type { StepContext } from '../steps/step-context.ts';
import { isDeferredTool } from '../steps/tools-of-step.ts';
import { askProbe } from './ask-probe.ts';
import { describePosition } from './describe-position.ts';
import type { RepeatDecision } from './performance.ts';

export const mayRunAgain = ({ definition: { effect } }: CallableTool): boolean =>
  effect === 'read' || effect === 'idempotent';

interface DoubtfulCall {
  readonly begun: CallBegun;
  /** The run that began it: its key is the one that the tool knows. */
  readonly runId: string;
  readonly tool: CallableTool;
  readonly callId: string;
}

/**
 * Whether a tool call that was begun, and whose end nobody knows, is made again. What only reads or can be repeated is;
 * of the rest the tool's own probe may know. Throws TOOL_OUTCOME_UNKNOWN when a person has to decide.
 */
export async function mayRepeat(
  step: StepContext,
  { begun, runId, tool, callId }: DoubtfulCall,
): Promise<RepeatDecision> {
  if (mayRunAgain(tool))
    return { repeat: true, by: 'aiworkflow', why: `a call of class ${tool.definition.effect} may run twice` };
  const real = isDeferredTool(tool) ? await tool.ready() : tool;
  if (mayRunAgain(real))
    return {
      repeat: true,
      by: 'aiworkflow',
      why: `the project now says that it is of class ${real.definition.effect}`,
    };
  if (!real.probe) throw undecided(runId, begun, undefined);
  const by = real.probe.definition.name;
  const told = await askProbe(step, { begun, runId, probe: real.probe });
  if (told.status === 'unknown') throw undecided(runId, begun, by);
  if (told.status !== 'done') return { repeat: true, by, why: 'the tool says that the call was not made' };
  const result = storeResult(step, { begun, callId, value: told.result });
  return { repeat: false, by, why: 'the tool says that the call was made', result };
}

function storeResult(
  { run }: StepContext,
  { begun, callId, value }: { readonly begun: CallBegun; readonly callId: string; readonly value: Json },
): string {
  const text = typeof value === 'string' ? value : canonicalJson(value);
  const message: ToolMessage = {
    role: 'tool',
    callId,
    name: begun.name,
    content: [{ type: 'text', text: run.services.scrub(text) }],
    isError: false,
  };
  return run.services.log.store(canonicalJson(message as unknown as Json));
}

function undecided(runId: string, begun: CallBegun, probe: string | undefined): ToolError {
  const { name, position, effect = 'irreversible', at } = begun;
  const call = shellWord(position);
  const asked = probe === undefined ? '' : ` ${probe} could not tell either.`;
  return new ToolError({
    code: 'TOOL_OUTCOME_UNKNOWN',
    message: `${name} (${effect}) was begun at ${new Date(at).toISOString()} in ${describePosition(position)}, and its end is not in the log: it may have happened.${asked}`,
    hint: `\`aiworkflow show ${runId} --call ${call}\` shows its arguments. Look where it works, then decide: \`aiworkflow resolve ${runId} ${call}\` with --retry (it did not happen), --result <file> (what it answered) or --skip, and --why.`,
    details: { position, tool: name, effect, begunAt: at, runId },
  });
}
