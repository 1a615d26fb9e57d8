import type { Json } from '../domain/json.ts';
import { nearest, TemplateError } from '../errors/index.ts';
import { findHelper } from './helpers/all.ts';
import { type Helper, HelperFailure } from './helpers/helper.ts';
import { locate } from './locate.ts';
import { type MayBeAbsent, type PathContext, resolvePath } from './resolve-path.ts';
import { memberNames, type Traced, trusted } from './scope.ts';
import { type Call, type Expression, helperName, isHelperCall, type Literal } from './syntax-tree.ts';

/** What stands in a mustache: a value, or a helper applied to values. */
export function evaluateCall(call: Call, context: PathContext): Traced {
  if (isHelperCall(call)) return applyHelper(call, context, 'none');
  return evaluateExpression(call.path, context, 'none');
}

export function evaluateExpression(
  expression: Expression,
  context: PathContext,
  mayBeAbsent: MayBeAbsent,
): Traced {
  switch (expression.type) {
    case 'PathExpression':
      return resolvePath(expression, context, mayBeAbsent);
    case 'SubExpression':
      return applyHelper(expression, context, mayBeAbsent);
    default:
      return trusted(literalValue(expression));
  }
}

function literalValue(literal: Literal): Json {
  return literal.value ?? null;
}

function applyHelper(call: Call, context: PathContext, mayBeAbsent: MayBeAbsent): Traced {
  const name = helperName(call);
  const helper = findHelper(name);
  if (!helper) throw failure(call, context, `there is no helper "${name}"`);
  const values = call.params.map((param, index) =>
    evaluateExpression(param, context, helper.mayBeAbsent?.(index) ?? 'none'),
  );
  const options = (call.hash?.pairs ?? []).map(
    (pair) => [pair.key, evaluateExpression(pair.value, context, 'none')] as const,
  );
  const untrusted = [...values, ...options.map(([, option]) => option)].some((part) => part.untrusted);
  const value = apply(() =>
    helper.apply(
      values.map((part) => part.value),
      Object.fromEntries(options.map(([key, option]) => [key, option.value ?? null])),
    ),
  );
  if (value === undefined && mayBeAbsent === 'none') throw nothingFound(call, context, values);
  return { value, untrusted };

  function apply<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (cause) {
      if (!(cause instanceof HelperFailure)) throw cause;
      throw failure(call, context, cause.message, helper);
    }
  }
}

function failure(call: Call, context: PathContext, what: string, helper?: Helper): TemplateError {
  return new TemplateError({
    code: 'TEMPLATE_HELPER',
    message: `Helper "${helperName(call)}" ${what}.`,
    ...(helper && { hint: `It is written {{${helper.usage}}}.` }),
    location: locate(context.template, call.path.loc.start),
    details: { helper: helperName(call) },
  });
}

function nothingFound(call: Call, context: PathContext, values: readonly Traced[]): TemplateError {
  const [holder, key] = values;
  const wanted = String(key?.value ?? '');
  const available = memberNames(holder?.value);
  const near = nearest(wanted, available)[0];
  return new TemplateError({
    code: 'TEMPLATE_MISSING_VALUE',
    message: `Helper "${helperName(call)}" found no "${wanted}".`,
    hint: near
      ? `Did you mean "${near}"?`
      : `{{default (${helperName(call)} …) "…"}} gives a value in its place.`,
    location: locate(context.template, call.path.loc.start),
    details: { name: wanted, available: available.slice(0, 12) },
  });
}
