import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { AuditReader } from '../ports/audit-log.ts';
import type { Assertion } from './openlineage/run-lineage.ts';
import { decidingAttempt, loadText, type RecordedCall, type RunRecord } from './run-record.ts';

/** What a call found about the quality of a table. */
export interface QualityResult {
  /** `<run>/<position>` without an attempt. */
  readonly key: string;
  readonly position: string;
  /** `schema.table` */
  readonly table: string;
  readonly assertions: readonly Assertion[];
}

/** Which argument names the table that a tool's rules are about, and which part of its answer holds the results. */
const sources: Readonly<Record<string, { readonly table: string; readonly results: string }>> = {
  check_quality: { table: 'table', results: 'results' },
  ingest: { table: 'table', results: 'quality' },
  run_mapping: { table: 'target', results: 'quality' },
};

/** The results of all quality rules that were checked in a run, from what the tools answered. */
export function qualityResults(log: AuditReader, { runId, calls }: RunRecord): QualityResult[] {
  return [...calls].flatMap(([place, attempts]) => {
    const call = decidingAttempt(attempts);
    const source = call && sources[call.begun.name.split('.').at(-1) ?? ''];
    if (!source || call.begun.call !== 'tool') return [];
    const given = argumentsOf(log, call);
    const results = answerOf(log, call)?.[source.results];
    const table = given?.[source.table];
    if (typeof table !== 'string' || !Array.isArray(results) || results.length === 0) return [];
    const rules = Array.isArray(given?.['rules']) ? given['rules'] : [];
    const assertions = results.filter(isJsonObject).map((result, index) => assertionOf(result, rules[index]));
    return [{ key: `${runId}/${place}`, position: call.begun.position, table, assertions }];
  });
}

function assertionOf(result: JsonObject, rule: Json | undefined): Assertion {
  const about = isJsonObject(rule) ? rule : {};
  const metric = about['metric'] ?? about['rule'] ?? (about['query'] === undefined ? 'custom' : 'custom_sql');
  const words = (value: Json | undefined): string | undefined =>
    value === undefined || value === null
      ? undefined
      : typeof value === 'string'
        ? value
        : JSON.stringify(value);
  const fields = {
    name: words(result['name']),
    column: words(about['column']),
    actual: words(result['value']),
    expected: words(result['expected']),
    severity: words(about['severity']),
  };
  const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return { assertion: String(metric), success: result['passed'] === true, ...known };
}

function argumentsOf(log: AuditReader, { begun }: RecordedCall): JsonObject | undefined {
  const request = objectUnder(log, begun.request);
  return isJsonObject(request?.['arguments']) ? request['arguments'] : undefined;
}

/** The answer as JSON: in its own field, or as the only text. */
function answerOf(log: AuditReader, { ended }: RecordedCall): JsonObject | undefined {
  const message = ended?.result === undefined ? undefined : objectUnder(log, ended.result);
  if (isJsonObject(message?.['structured'])) return message['structured'];
  const content = message?.['content'];
  const [only] = Array.isArray(content) ? content : [];
  return isJsonObject(only) && typeof only['text'] === 'string' ? parsed(only['text']) : undefined;
}

/** A text that was redacted tells nothing: its rules are left out. */
function objectUnder(log: AuditReader, hash: string): JsonObject | undefined {
  const loaded = loadText(log, hash);
  return 'text' in loaded ? parsed(loaded.text) : undefined;
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // a tool's answer may be plain text
  }
}
