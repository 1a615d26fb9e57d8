import type { Json } from '../../domain/json.ts';
import type { TemplateSource } from '../../domain/template.ts';
import { TemplateError } from '../../errors/index.ts';
import type { TemplateEngine, TemplateScope } from '../../ports/template-engine.ts';

/** `when` and `until`: false, null, 0, '', 'false' and the empty list are false, as a person would read them. */
export function isTrue(templates: TemplateEngine, expression: TemplateSource, scope: TemplateScope): boolean {
  const value = templates.evaluate(expression, scope);
  if (typeof value === 'string') return value.trim() !== '' && value.trim() !== 'false';
  if (Array.isArray(value)) return value.length > 0;
  return Boolean(value);
}

/** `forEach`: anything but a list is an error, because a loop over nothing would pass for success. */
export function listOf(
  templates: TemplateEngine,
  expression: TemplateSource,
  scope: TemplateScope,
): readonly Json[] {
  const value = templates.evaluate(expression, scope);
  if (Array.isArray(value)) return value as readonly Json[];
  throw new TemplateError({
    code: 'EXPRESSION_TYPE',
    message: `\`forEach: ${expression.text}\` gives ${kindOf(value)}, and a list is needed.`,
    location: expression.origin,
    hint: 'Point it at an array, such as {{ scan.response.files }}.',
  });
}

const kindOf = (value: unknown): string => (value === null ? 'null' : `a value of type ${typeof value}`);
