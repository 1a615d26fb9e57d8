import type { Json, JsonObject } from '../domain/json.ts';
import type { LoadedWorkflow } from '../domain/loaded-workflow.ts';
import type { ParamDefinition } from '../domain/workflow-definition.ts';
import { DefinitionError, nearest } from '../errors/index.ts';

/**
 * The values of a workflow's params from what was typed (`--param k=v`: text) or passed (any JSON): text becomes the
 * declared type, what is left out its default. Throws DefinitionError PARAM_INVALID that names everything wrong.
 */
export function resolveParams(
  workflow: LoadedWorkflow,
  given: Readonly<Record<string, unknown>>,
): JsonObject {
  const declared = Object.entries(workflow.params);
  const names = declared.map(([name]) => name);
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  const problems = unknown.map((name) => unknownParam(name, names));
  const values: [string, Json][] = [];
  const missing: string[] = [];
  for (const [name, param] of declared) {
    const result = Object.hasOwn(given, name)
      ? read(given[name], param)
      : ok(param.default as Json | undefined);
    if ('problem' in result) problems.push(`Param "${name}" ${result.problem}.`);
    else if (result.value === undefined) missing.push(name);
    else values.push([name, result.value]);
  }
  if (missing.length > 0) problems.push(`Missing: ${missing.join(', ')}.`);
  if (problems.length === 0) return Object.fromEntries(values);
  throw new DefinitionError({
    code: 'PARAM_INVALID',
    message: `Workflow "${workflow.id}": ${problems.join(' ')}`,
    hint: declared.length > 0 ? `Params: ${declared.map(usage).join(', ')}.` : 'It takes no params.',
    details: { problems, missing, known: names },
  });
}

function unknownParam(name: string, names: readonly string[]): string {
  const [near] = nearest(name, names);
  return `There is no param "${name}"${near ? `; did you mean "${near}"?` : '.'}`;
}

type Read = { readonly value: Json | undefined } | { readonly problem: string };
const ok = (value: Json | undefined): Read => ({ value });

function read(given: unknown, param: ParamDefinition): Read {
  const converted = typeof given === 'string' ? fromText(given, param.type) : ok(given as Json);
  if ('problem' in converted) return converted;
  if (!isOfType(converted.value, param.type))
    return { problem: `must be of type ${param.type}, not ${JSON.stringify(given)}` };
  const allowed = param.enum?.map((value) => JSON.stringify(value));
  if (allowed && !allowed.includes(JSON.stringify(converted.value)))
    return { problem: `must be one of ${allowed.join(', ')}, not ${JSON.stringify(given)}` };
  return converted;
}

function fromText(text: string, type: ParamDefinition['type']): Read {
  if (type === 'string') return ok(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return ok(text === 'true');
  if (type === 'boolean') return { problem: `must be true or false, not "${text}"` };
  if (type === 'number' || type === 'integer') return ok(text.trim() === '' ? text : asNumber(text));
  try {
    return ok(JSON.parse(text) as Json);
  } catch {
    return { problem: `must be JSON of type ${type}, not "${text}"` };
  }
}

// Number('0x10') and Number('1e999') are numbers to JavaScript; only JSON's own spelling is taken.
function asNumber(text: string): Json {
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
}

function isOfType(value: Json | undefined, type: ParamDefinition['type']): boolean {
  if (type === 'integer') return Number.isSafeInteger(value);
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function usage([name, param]: readonly [string, ParamDefinition]): string {
  const fallback = param.default === undefined ? '' : `, default ${JSON.stringify(param.default)}`;
  return `${name} (${param.type}${fallback})`;
}
