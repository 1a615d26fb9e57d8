import { z } from 'zod';

/**
 * The part of an Open Data Contract Standard 3.1 document that the catalog reads. What it does not read may be there:
 * the whole standard is checked by its own JSON Schema, this is what the tools' answers are built from.
 */

const customProperty = z.looseObject({ property: z.string(), value: z.json() });
const definition = z.looseObject({ type: z.string(), url: z.url() });
export const semver = z.string().regex(/^\d+\.\d+\.\d+$/, 'a version is three numbers: 1.0.0');

const comparisons = {
  mustBe: z.json().optional(),
  mustNotBe: z.json().optional(),
  mustBeGreaterThan: z.number().optional(),
  mustBeGreaterOrEqualTo: z.number().optional(),
  mustBeLessThan: z.number().optional(),
  mustBeLessOrEqualTo: z.number().optional(),
  mustBeBetween: z.tuple([z.number(), z.number()]).optional(),
  mustNotBeBetween: z.tuple([z.number(), z.number()]).optional(),
};
export const comparisonNames = Object.keys(comparisons);

const ruleFields = {
  name: z.string().describe('rules are reported by name, so each has one'),
  description: z.string().optional(),
  severity: z.enum(['error', 'warning', 'info']).default('error'),
  unit: z.enum(['rows', 'percent']).optional(),
  customProperties: z.array(customProperty).optional(),
  ...comparisons,
};
const libraryRule = z.looseObject({
  ...ruleFields,
  type: z.literal('library'),
  metric: z.enum(['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount']),
  arguments: z.record(z.string(), z.json()).optional(),
});
const sqlRule = z.looseObject({ ...ruleFields, type: z.literal('sql'), query: z.string() });
export const qualityRuleSchema = z
  .discriminatedUnion('type', [libraryRule, sqlRule])
  .refine((rule) => comparisonNames.filter((name) => name in rule).length === 1, {
    message: `needs exactly one of ${comparisonNames.join(', ')}`,
  });
export type QualityRule = z.infer<typeof qualityRuleSchema>;

const propertySchema = z.looseObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/, 'lower-case letters, digits and _'),
  businessName: z.string().optional(),
  logicalType: z.string(),
  physicalType: z.string(),
  required: z.boolean().default(false),
  unique: z.boolean().default(false),
  primaryKey: z.boolean().default(false),
  primaryKeyPosition: z.int().optional(),
  partitioned: z.boolean().default(false),
  partitionKeyPosition: z.int().optional(),
  description: z.string(),
  examples: z.array(z.json()).optional(),
  authoritativeDefinitions: z.array(definition).optional(),
  customProperties: z.array(customProperty).optional(),
  quality: z.array(qualityRuleSchema).optional(),
});
export type ContractProperty = z.infer<typeof propertySchema>;

const tableSchema = z.looseObject({
  name: z.string(),
  physicalName: z.string().regex(/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/, 'schema.table, lower case'),
  description: z.string(),
  dataGranularityDescription: z.string().optional(),
  properties: z.array(propertySchema).min(1),
  quality: z.array(qualityRuleSchema).optional(),
});
export type ContractTable = z.infer<typeof tableSchema>;

export const contractSchema = z.looseObject({
  apiVersion: z.string().startsWith('v3.', 'the catalog reads version 3 of the standard'),
  kind: z.literal('DataContract'),
  id: z.string(),
  name: z.string().optional(),
  version: semver,
  status: z.string(),
  description: z
    .looseObject({
      purpose: z.string().optional(),
      usage: z.string().optional(),
      limitations: z.string().optional(),
    })
    .optional(),
  customProperties: z.array(customProperty).optional(),
  schema: z.array(tableSchema).min(1),
});
export type Contract = z.infer<typeof contractSchema>;
