import type { Json, JsonObject } from '../../domain/json.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { SourceLocation } from '../../domain/source-location.ts';
import type { TemplateEngine, TemplateScope } from '../../ports/template-engine.ts';

/**
 * A tool's arguments or a sub-workflow's parameters with their templates filled in. A string that is one single
 * `{{ }}` gives the value itself, with its type; any other string gives text. Never fenced: no model reads it.
 */
export function renderArguments(
  templates: TemplateEngine,
  { args, origin }: { readonly args: JsonObject; readonly origin: SourceLocation },
  scope: TemplateScope,
): JsonObject {
  const fill = (value: Json | undefined): Json | undefined => {
    if (typeof value === 'string') {
      if (!value.includes('{{')) return value;
      return templates.evaluate({ text: value, origin }, scope) as Json;
    }
    if (Array.isArray(value)) return value.map((item) => fill(item) ?? null);
    return isJsonObject(value) ? fillObject(value) : value;
  };
  const fillObject = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => [key, fill(value)]));
  return fillObject(args);
}

/** Whether a tool or a model had a hand in what the arguments will hold: an inner workflow must fence it too. */
export function holdsUntrusted(
  templates: TemplateEngine,
  { args, origin }: { readonly args: JsonObject; readonly origin: SourceLocation },
  scope: TemplateScope,
): boolean {
  const untrusted = (value: Json | undefined): boolean => {
    if (typeof value === 'string') {
      if (!value.includes('{{')) return false;
      return templates
        .references({ text: value, origin })
        .some(({ path: [name = ''] }) => scope.untrusted.has(name));
    }
    if (Array.isArray(value)) return value.some(untrusted);
    return isJsonObject(value) && Object.values(value).some(untrusted);
  };
  return untrusted(args);
}
