import { z } from 'zod';
import type { Contract, ContractProperty, ContractTable, QualityRule } from './odcs.ts';
import { comparisonNames } from './odcs.ts';

/** How a contract's table is shown to a model, and in the very words that the lake's tools take. */

export const columnViewSchema = z.object({
  name: z.string(),
  type: z.string().describe('type of the column in the lake'),
  required: z.boolean(),
  business_name: z.string().optional(),
  description: z.string(),
  synonyms: z.array(z.string()),
  terms: z.array(z.string()).describe('what the column is elsewhere: schema.org, GS1'),
  examples: z.array(z.json()).optional(),
});
export type ColumnView = z.infer<typeof columnViewSchema>;

const ruleView = z.record(z.string(), z.json());
export const tableViewSchema = z.object({
  table: z.string(),
  description: z.string(),
  granularity: z.string().optional(),
  primary_key: z.array(z.string()),
  columns: z.array(columnViewSchema),
  definition_columns: z
    .array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean(), description: z.string() }))
    .describe('the columns as lake.create_table takes them'),
  rules: z.array(ruleView).describe('quality rules that must hold, as lake.check_quality takes them'),
  warning_rules: z.array(ruleView).describe('quality rules that only warn'),
});
export type TableView = z.infer<typeof tableViewSchema>;

/** `table`: check and create this table instead of the contract's own (the same columns in a staging table). */
export function tableView(contractTable: ContractTable, table = contractTable.physicalName): TableView {
  const rules = rulesOf(contractTable, table);
  return {
    table,
    description: contractTable.description,
    ...(contractTable.dataGranularityDescription !== undefined && {
      granularity: contractTable.dataGranularityDescription,
    }),
    primary_key: primaryKeyOf(contractTable),
    columns: contractTable.properties.map(columnView),
    definition_columns: contractTable.properties.map(({ name, physicalType, required, description }) => ({
      name,
      type: physicalType,
      nullable: !required,
      description,
    })),
    rules: rules.filter(({ severity }) => severity === 'error').map(({ view }) => view),
    warning_rules: rules.filter(({ severity }) => severity !== 'error').map(({ view }) => view),
  };
}

export function columnView(property: ContractProperty): ColumnView {
  return {
    name: property.name,
    type: property.physicalType,
    required: property.required,
    ...(property.businessName !== undefined && { business_name: property.businessName }),
    description: property.description,
    synonyms: synonymsOf(property),
    terms: (property.authoritativeDefinitions ?? []).map(({ url }) => url),
    ...(property.examples !== undefined && { examples: property.examples }),
  };
}

export function headerOf(contract: Contract): { id: string; version: string; status: string; name?: string } {
  const { id, version, status, name } = contract;
  return { id, version, status, ...(name !== undefined && { name }) };
}

function synonymsOf({ customProperties = [] }: ContractProperty): string[] {
  const value = customProperties.find(({ property }) => property === 'synonyms')?.value;
  return Array.isArray(value) ? value.filter((synonym) => typeof synonym === 'string') : [];
}

function primaryKeyOf({ properties }: ContractTable): string[] {
  return properties
    .filter(({ primaryKey }) => primaryKey)
    .sort((a, b) => (a.primaryKeyPosition ?? 0) - (b.primaryKeyPosition ?? 0))
    .map(({ name }) => name);
}

/** The rules that are written, and those that `required`, `unique` and the primary key say without words. */
function rulesOf(contractTable: ContractTable, table: string) {
  const ofColumns = contractTable.properties.flatMap((property) =>
    [...(property.quality ?? []), ...impliedRules(property)].map((rule) =>
      ruleFor(rule, { table, column: property.name }),
    ),
  );
  return [...ofColumns, ...(contractTable.quality ?? []).map((rule) => ruleFor(rule, { table }))];
}

function impliedRules({ name, required, unique, quality = [] }: ContractProperty): QualityRule[] {
  const says = (metric: string): boolean =>
    quality.some((rule) => rule.type === 'library' && rule.metric === metric);
  const rule = { type: 'library', severity: 'error', mustBe: 0 } as const;
  return [
    ...(required && !says('nullValues')
      ? [{ ...rule, name: `${name}_required`, metric: 'nullValues' } as const]
      : []),
    ...(unique && !says('duplicateValues')
      ? [{ ...rule, name: `${name}_unique`, metric: 'duplicateValues' } as const]
      : []),
  ];
}

function ruleFor(rule: QualityRule, place: { table: string; column?: string }) {
  const { table, column } = place;
  const comparison = Object.entries(rule).filter(([name]) => comparisonNames.includes(name));
  const subject =
    rule.type === 'sql'
      ? { query: resolved(rule.query, place) }
      : {
          metric: rule.metric,
          ...(column !== undefined && { column }),
          ...(rule.arguments && { arguments: rule.arguments }),
        };
  const unit = rule.type === 'library' && rule.unit !== undefined ? { unit: rule.unit } : {};
  const view: z.infer<typeof ruleView> = {
    name: rule.name,
    ...subject,
    ...unit,
    ...Object.fromEntries(comparison),
  };
  return { severity: rule.severity, table, view };
}

/** ODCS writes the table and the column of a rule as placeholders; a rule of a whole table has no column to put there. */
function resolved(query: string, { table, column }: { table: string; column?: string }): string {
  return query.replace(/\$\{(table|column)\}/g, (placeholder, word) =>
    word === 'table' ? table : (column ?? placeholder),
  );
}
