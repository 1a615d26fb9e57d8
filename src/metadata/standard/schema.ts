import { z } from 'zod';
import { authoritativeDefinitions, customProperties, tags } from './annotations.ts';
import { quality } from './quality.ts';
import { columnRelationships, tableRelationships } from './relationships.ts';
import { optionsByType, optionsOfNoType } from './type-options.ts';
import { anyObject, anyValue, stableId, text, texts, truth, wholeNumber } from './values.ts';

const element = {
  id: stableId.optional(),
  physicalType: text,
  description: text,
  businessName: text,
  authoritativeDefinitions,
  tags,
  customProperties,
};

const logicalTypes = [
  'string',
  'date',
  'timestamp',
  'time',
  'number',
  'integer',
  'object',
  'array',
  'boolean',
] as const;

const propertyFields = {
  ...element,
  primaryKey: truth,
  primaryKeyPosition: wholeNumber.optional(),
  logicalType: z.enum(logicalTypes).optional(),
  logicalTypeOptions: anyObject.optional(),
  physicalName: text,
  required: truth,
  unique: truth,
  partitioned: truth,
  partitionKeyPosition: wholeNumber.optional(),
  classification: text,
  encryptedName: text,
  transformSourceObjects: texts.optional(),
  transformLogic: text,
  transformDescription: text,
  examples: z.array(anyValue).optional(),
  criticalDataElement: truth,
  relationships: columnRelationships,
  quality,
  /** Of a column that holds objects. */
  properties: z.array(z.lazy(() => property)).optional(),
  /** What a column of lists holds. */
  items: z.lazy(() => item).optional(),
};

interface Typed {
  readonly logicalType?: string | undefined;
  readonly logicalTypeOptions?: unknown;
  readonly properties?: unknown;
  readonly items?: unknown;
}
type Context = z.core.$RefinementCtx<Typed>;

const property: z.ZodType = z.strictObject({ name: z.string(), ...propertyFields }).superRefine(fitsItsType);
const item: z.ZodType = z.strictObject({ name: text, ...propertyFields }).superRefine(fitsItsType);

function fitsItsType(value: Typed, context: Context): void {
  const { logicalType, logicalTypeOptions, properties, items } = value;
  const refuse = (name: string, owner: string): void =>
    context.addIssue({
      code: 'custom',
      path: [name],
      message: `${name} is for columns of logicalType ${owner}`,
    });
  if (properties !== undefined && (logicalType ?? 'object') !== 'object') refuse('properties', 'object');
  if (items !== undefined && (logicalType ?? 'array') !== 'array') refuse('items', 'array');
  if (logicalTypeOptions === undefined) return;
  const options = logicalType === undefined ? optionsOfNoType : optionsByType[logicalType];
  const parsed = options?.safeParse(logicalTypeOptions);
  for (const issue of parsed?.error?.issues ?? [])
    context.addIssue({ code: 'custom', ...optionIssue(issue, logicalType) });
}

interface OptionIssue {
  readonly path: PropertyKey[];
  readonly message: string;
}

function optionIssue(issue: z.core.$ZodIssue, logicalType: string | undefined): OptionIssue {
  if (issue.code !== 'unrecognized_keys')
    return { path: ['logicalTypeOptions', ...issue.path], message: issue.message };
  const [key = ''] = issue.keys;
  const owner = logicalType === undefined ? 'a column without logicalType' : `logicalType ${logicalType}`;
  return {
    path: ['logicalTypeOptions', key],
    message: `${key} is no option of ${owner}`,
  };
}

export const schema = z
  .array(
    z.strictObject({
      ...element,
      name: z.string(),
      logicalType: z.literal('object').optional(),
      physicalName: text,
      dataGranularityDescription: text,
      properties: z.array(property).optional(),
      relationships: tableRelationships,
      quality,
    }),
  )
  .optional();
