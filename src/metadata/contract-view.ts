import { z } from 'zod';
import { contractName } from './contract-name.ts';
import { customValue } from './custom-property.ts';
import type { Contract, ContractProperty, ContractTable } from './lake/contract-shape.ts';
import { ruleViewSchema, ruleViews } from './rule-view.ts';
import { primaryKeyOf } from './table-layout.ts';

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

const definitionColumnSchema = z.object({
  name: z.string(),
  type: z.string(),
  nullable: z.boolean(),
  description: z.string(),
});
export type DefinitionColumn = z.infer<typeof definitionColumnSchema>;

/** What lake.create_table and lake.check_quality take; the same for the contract of a table and of a feed. */
export const definitionViewShape = {
  primary_key: z.array(z.string()),
  definition_columns: z.array(definitionColumnSchema).describe('the columns as lake.create_table takes them'),
  rules: z
    .array(ruleViewSchema)
    .describe(
      'quality rules that must hold, as lake.check_quality takes them; on_failure: fail or quarantine',
    ),
  warning_rules: z.array(ruleViewSchema).describe('quality rules that only warn'),
};

export const tableViewSchema = z.object({
  table: z.string(),
  description: z.string(),
  granularity: z.string().optional(),
  columns: z.array(columnViewSchema),
  ...definitionViewShape,
});
export type TableView = z.infer<typeof tableViewSchema>;

/** `table`: check and create this table instead of the contract's own (the same columns in a staging table). */
export function tableView(contractTable: ContractTable, table = contractTable.physicalName): TableView {
  return {
    table,
    description: contractTable.description,
    ...(contractTable.dataGranularityDescription !== undefined && {
      granularity: contractTable.dataGranularityDescription,
    }),
    primary_key: primaryKeyOf(contractTable),
    columns: contractTable.properties.map(columnView),
    definition_columns: definitionColumns(contractTable),
    ...ruleViews(contractTable, { table }),
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

export function definitionColumns({ properties }: ContractTable): DefinitionColumn[] {
  return properties.map(({ name, physicalType, required, description }) => ({
    name,
    type: physicalType,
    nullable: !required,
    description,
  }));
}

export function headerOf(contract: Contract): {
  id: string;
  version: string;
  contract: string;
  status: string;
  name?: string;
} {
  const { id, version, status, name } = contract;
  return { id, version, contract: contractName(contract), status, ...(name !== undefined && { name }) };
}

function synonymsOf(property: ContractProperty): string[] {
  const value = customValue(property, 'synonyms');
  return Array.isArray(value) ? value.filter((synonym) => typeof synonym === 'string') : [];
}
