import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { ToolCallPart } from '../../domain/message.ts';
import { messageOf, nearest } from '../../errors/index.ts';
import type { SchemaValidator } from '../../ports/schema-validator.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import { describeIssues } from './describe-issues.ts';

export type CheckedCall =
  | { readonly ok: true; readonly tool: CallableTool; readonly args: JsonObject }
  /** `problem` goes back to the model, worded so that it can mend the call. */
  | { readonly ok: false; readonly problem: string };

/** Names come from a model: they are looked up in a Map, never as keys of an object. */
export function checkToolCall(
  call: ToolCallPart,
  tools: ReadonlyMap<string, CallableTool>,
  schemas: SchemaValidator,
): CheckedCall {
  const tool = tools.get(call.name);
  if (!tool) return { ok: false, problem: unknownTool(call.name, [...tools.keys()]) };
  const parsed = parseArguments(call.argumentsText);
  if ('problem' in parsed) return { ok: false, problem: `The call was not made: ${parsed.problem}` };
  const issues = schemas.compile(tool.definition.inputSchema).validate(parsed.args);
  if (issues.length === 0) return { ok: true, tool, args: parsed.args };
  const list = describeIssues(issues, '(arguments)')
    .map((issue) => `- ${issue}`)
    .join('\n');
  return { ok: false, problem: `The call was not made: its arguments do not fit ${call.name}.\n${list}` };
}

function parseArguments(text: string): { readonly args: JsonObject } | { readonly problem: string } {
  // Providers send an empty text for a tool without parameters.
  if (text.trim() === '') return { args: {} };
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? { args: value } : { problem: 'the arguments must be a JSON object.' };
  } catch (error) {
    return { problem: `the arguments are not valid JSON (${messageOf(error)}).` };
  }
}

function unknownTool(name: string, offered: readonly string[]): string {
  const guess = nearest(name, offered)[0];
  const meant = guess ? ` Did you mean "${guess}"?` : '';
  return `There is no tool "${name}".${meant} Offered: ${offered.join(', ') || 'none'}.`;
}
