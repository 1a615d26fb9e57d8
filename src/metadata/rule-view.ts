import { z } from 'zod';
import { fillPlaceholders } from './fill-placeholders.ts';
import type { ContractTable } from './lake/contract-shape.ts';
import { onFailureOf, onFailureSchema } from './lake/on-failure.ts';
import { comparisonNames, type QualityRule } from './lake/rule-shape.ts';

/** A quality rule in the words of lake.check_quality. */
export const ruleViewSchema = z.looseObject({
  name: z.string(),
  on_failure: onFailureSchema,
});
export type RuleView = z.infer<typeof ruleViewSchema>;

export interface RuleViews {
  /** Rules that must hold: `on_failure` is `fail` or `quarantine`. */
  readonly rules: RuleView[];
  /** Rules that only warn. */
  readonly warning_rules: RuleView[];
}

/**
 * The rules that are written, and those that `required` and `unique` say without words; of a table whose columns refuse a
 * missing value themselves (`refusesMissing`), those of `unique` alone.
 */
export function ruleViews(
  contractTable: ContractTable,
  { table, refusesMissing = false }: { table: string; refusesMissing?: boolean },
): RuleViews {
  const ofColumns = contractTable.properties.flatMap((property) =>
    [...(property.quality ?? []), ...impliedRules(property, refusesMissing)].map((rule) =>
      ruleFor(rule, { table, column: property.name }),
    ),
  );
  const all = [...ofColumns, ...(contractTable.quality ?? []).map((rule) => ruleFor(rule, { table }))];
  return {
    rules: all.filter(({ on_failure }) => on_failure !== 'warn'),
    warning_rules: all.filter(({ on_failure }) => on_failure === 'warn'),
  };
}

function impliedRules(
  { name, required, unique, quality = [] }: ContractTable['properties'][number],
  refusesMissing: boolean,
): QualityRule[] {
  const says = (metric: string): boolean =>
    quality.some((rule) => rule.type === 'library' && rule.metric === metric);
  const rule = { type: 'library', severity: 'error', mustBe: 0 } as const;
  return [
    ...(required && !refusesMissing && !says('nullValues')
      ? [{ ...rule, name: `${name}_required`, metric: 'nullValues' } as const]
      : []),
    ...(unique && !says('duplicateValues')
      ? [{ ...rule, name: `${name}_unique`, metric: 'duplicateValues' } as const]
      : []),
  ];
}

function ruleFor(rule: QualityRule, place: { table: string; column?: string }): RuleView {
  const { column } = place;
  const comparison = Object.entries(rule).filter(([name]) => comparisonNames.includes(name));
  const subject =
    rule.type === 'sql'
      ? { query: fillPlaceholders(rule.query, place) }
      : {
          metric: rule.metric,
          ...(column !== undefined && { column }),
          ...argumentsOf(rule),
        };
  const unit = rule.type === 'library' && rule.unit !== undefined ? { unit: rule.unit } : {};
  return {
    name: rule.name,
    ...subject,
    ...unit,
    ...Object.fromEntries(comparison),
    on_failure: onFailureOf(rule),
  };
}

/** ODCS names the columns of a table's rule among its arguments; the lake has a field for them. */
function argumentsOf({ arguments: given = {} }: Extract<QualityRule, { type: 'library' }>) {
  const { properties, ...others } = given;
  return {
    ...(properties && { columns: properties }),
    ...(Object.keys(others).length > 0 && { arguments: others }),
  };
}
