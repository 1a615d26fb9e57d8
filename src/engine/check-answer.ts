import type { Json } from '../domain/json.ts';
import type { ResponseContract } from '../domain/loaded-workflow.ts';
import { messageOf } from '../errors/index.ts';
import type { SchemaValidator } from '../ports/schema-validator.ts';
import { describeIssues } from './describe-issues.ts';

export type Verdict =
  | { readonly accepted: true; readonly response: Json }
  | { readonly accepted: false; readonly issues: readonly string[] };

/** Whether an answer's text is data. Without a contract the text itself is the response. */
export function checkAnswer(
  text: string,
  contract: ResponseContract | undefined,
  schemas: SchemaValidator,
): Verdict {
  if (!contract) return { accepted: true, response: text };
  let value: Json;
  try {
    value = JSON.parse(withoutCodeFence(text)) as Json;
  } catch (error) {
    return { accepted: false, issues: [`The answer is not JSON: ${messageOf(error)}`] };
  }
  const issues = schemas.compile(contract.schema).validate(value);
  if (issues.length === 0) return { accepted: true, response: value };
  return {
    accepted: false,
    issues: describeIssues(issues, '(the whole)'),
  };
}

/** What the model is told in a repair round. */
export function repairRequest(issues: readonly string[]): string {
  const list = issues.map((issue) => `- ${issue}`).join('\n');
  return `Your answer breaks its contract:\n${list}\n\nAnswer again with the whole corrected JSON value and nothing else.`;
}

/** Models without native structured output like to wrap JSON in one Markdown fence; what is inside is the answer. */
function withoutCodeFence(text: string): string {
  return /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text;
}
