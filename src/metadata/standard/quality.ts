import { z } from 'zod';
import { authoritativeDefinitions, customProperties, tags } from './annotations.ts';
import { anyObject, anyValue, number, stableId, text } from './values.ts';

const range = z
  .array(number)
  .length(2, 'two numbers are needed: [lowest, highest]')
  .refine(([low, high]) => low !== high, 'two different numbers are needed');

const comparisons = {
  mustBe: anyValue.optional(),
  mustNotBe: anyValue.optional(),
  mustBeGreaterThan: number.optional(),
  mustBeGreaterOrEqualTo: number.optional(),
  mustBeLessThan: number.optional(),
  mustBeLessOrEqualTo: number.optional(),
  mustBeBetween: range.optional(),
  mustNotBeBetween: range.optional(),
};
const comparisonNames = Object.keys(comparisons);

const check = z
  .strictObject({
    id: stableId.optional(),
    authoritativeDefinitions,
    businessImpact: text,
    customProperties,
    description: text,
    dimension: z
      .enum(['accuracy', 'completeness', 'conformity', 'consistency', 'coverage', 'timeliness', 'uniqueness'])
      .optional(),
    method: text,
    name: text,
    schedule: text,
    scheduler: text,
    severity: text,
    tags,
    type: z.enum(['text', 'library', 'sql', 'custom']).optional(),
    unit: text,
    metric: z
      .enum(['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount'])
      .optional(),
    rule: text,
    arguments: anyObject.optional(),
    ...comparisons,
    query: text,
    engine: text,
    implementation: z.union([z.string(), anyObject]).optional(),
  })
  .superRefine((rule, context) => {
    const kinds = kindsOf(rule);
    for (const name of Object.keys(rule)) {
      const owners = ownersOf(name);
      if (owners.length > 0 && !owners.some((kind) => kinds.includes(kind)))
        context.addIssue({ code: 'custom', path: [name], message: foreignWords(name, owners) });
    }
    for (const name of kinds.flatMap((kind) => neededBy[kind]))
      if (!Object.hasOwn(rule, name))
        context.addIssue({ code: 'custom', path: [name], message: `a rule of this type needs ${name}` });
    const given = comparisonNames.filter((name) => Object.hasOwn(rule, name));
    if (kinds.some((kind) => kind !== 'custom') && given.length !== 1)
      context.addIssue({ code: 'custom', message: comparisonWords(given) });
  });

/** The rules of a table or of a column. */
export const quality = z.array(check).optional();

type Kind = 'library' | 'sql' | 'custom';
const neededBy: Readonly<Record<Kind, readonly string[]>> = {
  library: ['metric'],
  sql: ['query'],
  custom: ['engine', 'implementation'],
};

/** A rule that names a metric is one of the library, whatever its type says. */
function kindsOf({
  type,
  metric,
}: {
  readonly type?: string | undefined;
  readonly metric?: unknown;
}): Kind[] {
  const kinds: Kind[] = type === 'library' || metric !== undefined ? ['library'] : [];
  if (type === 'sql' || type === 'custom') kinds.push(type);
  return kinds;
}

/** The kinds of rules that a field is for; none for the fields that all rules have. */
function ownersOf(name: string): Kind[] {
  if (comparisonNames.includes(name)) return ['library', 'sql'];
  if (name === 'metric' || name === 'rule' || name === 'arguments') return ['library'];
  if (name === 'query') return ['sql'];
  return name === 'engine' || name === 'implementation' ? ['custom'] : [];
}

const foreignWords = (name: string, owners: readonly Kind[]): string =>
  `${name} is for rules of type ${owners.join(' or ')}`;

const comparisonWords = (given: readonly string[]): string =>
  given.length === 0
    ? `needs one of ${comparisonNames.join(', ')}`
    : `has ${given.join(' and ')}: a rule compares once`;
