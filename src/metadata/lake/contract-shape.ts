import { z } from 'zod';
import { customProperty, documentId, lakeTableName, semver } from './contract-parts.ts';
import { qualityShape } from './rule-shape.ts';

/** What the catalog and the lake read of a contract. What they do not read may be there: the standard's model has checked it. */

const definition = z.looseObject({ type: z.string(), url: z.url('an address, as https://schema.org/price') });

const propertyShape = z.looseObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and _, at most 63'),
  businessName: z.string().optional(),
  logicalType: z.string(),
  physicalType: z.string(),
  physicalName: z.string().optional(),
  required: z.boolean().default(false),
  unique: z.boolean().default(false),
  primaryKey: z.boolean().default(false),
  primaryKeyPosition: z.int().optional(),
  partitioned: z.boolean().default(false),
  partitionKeyPosition: z.int().optional(),
  description: z.string().min(1),
  examples: z.array(z.json()).optional(),
  authoritativeDefinitions: z.array(definition).optional(),
  customProperties: z.array(customProperty).optional(),
  quality: qualityShape,
});
export type ContractProperty = z.infer<typeof propertyShape>;

const tableShape = z.looseObject({
  name: z.string(),
  physicalName: lakeTableName,
  description: z.string().min(1),
  dataGranularityDescription: z.string().optional(),
  properties: z.array(propertyShape).min(1),
  quality: qualityShape,
});
export type ContractTable = z.infer<typeof tableShape>;

export const contractShape = z.looseObject({
  apiVersion: z.string().regex(/^v3\./, 'version 3 of the standard, as v3.1.0'),
  kind: z.literal('DataContract'),
  id: documentId,
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
  schema: z.array(tableShape).min(1),
});
export type Contract = z.infer<typeof contractShape>;
