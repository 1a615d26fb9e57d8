import type { Json } from '../../domain/json.ts';
import type { ResponseContract } from '../../domain/loaded-workflow.ts';
import { messageOf } from '../../errors/index.ts';
import type { SchemaValidator } from '../../ports/schema-validator.ts';
import { describeIssues } from './describe-issues.ts';

export type Verdict =
  | { readonly accepted: true; readonly response: Json }
  | { readonly accepted: false; readonly issues: readonly string[] };

/** What a caller demands of an answer beyond its JSON Schema (a zod refinement). Issues in words for the model. */
export type Demand = (value: Json) => Promise<readonly string[]>;

/** Whether an answer's text is data. Without a contract the text itself is the response. */
export async function checkAnswer(
  text: string,
  { contract, demand }: { readonly contract?: ResponseContract; readonly demand?: Demand },
  schemas: SchemaValidator,
): Promise<Verdict> {
  if (!contract) return { accepted: true, response: text };
  const parsed = parseAnswer(withoutCodeFence(text));
  if (parsed.issues.length > 0) return { accepted: false, issues: parsed.issues };
  const issues = describeIssues(schemas.compile(contract.schema).validate(parsed.value), '(the whole)');
  if (issues.length === 0 && demand) issues.push(...(await demand(parsed.value)));
  return issues.length === 0 ? { accepted: true, response: parsed.value } : { accepted: false, issues };
}

interface ParsedAnswer {
  readonly value: Json;
  readonly issues: readonly string[];
}

function parseAnswer(text: string): ParsedAnswer {
  try {
    // Only a number of more digits than a double keeps can change by being parsed.
    if (!/\d{16}/.test(text)) return { value: JSON.parse(text) as Json, issues: [] };
    const issues: string[] = [];
    const value = parseWithSource(text, (key, member, { source }) => {
      if (isChangedInteger(member, source))
        issues.push(
          `"${key}": ${source} has more digits than a JSON number keeps. Give it as text, if the contract allows text there.`,
        );
      return member;
    });
    return { value, issues };
  } catch (error) {
    return { value: null, issues: [`The answer is not JSON: ${messageOf(error)}`] };
  }
}

/** JSON.parse with the source text of each value: in every engine since Node 21, not yet in TypeScript's library. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: Json, context: { readonly source?: string }) => Json,
) => Json;

function isChangedInteger(value: Json, source: string | undefined): boolean {
  if (typeof value !== 'number' || source === undefined || !/^-?\d+$/.test(source)) return false;
  return !Number.isSafeInteger(value) && BigInt(source) !== BigInt(value);
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
