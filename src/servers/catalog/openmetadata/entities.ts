import { z } from 'zod';

/**
 * The part of OpenMetadata's entities that the catalog reads. An answer without it is refused; what else is in it is left alone.
 * In the tests every request and answer is held against OpenMetadata's own JSON schemas.
 */
const extension = z.record(z.string(), z.unknown()).nullish();
const tag = z.looseObject({ tagFQN: z.string(), source: z.string().optional() });

export const columnEntity = z.looseObject({
  name: z.string(),
  displayName: z.string().nullish(),
  dataType: z.string(),
  dataTypeDisplay: z.string().nullish(),
  description: z.string().nullish(),
  constraint: z.string().nullish(),
  tags: z.array(tag).nullish(),
});
export type ColumnEntity = z.infer<typeof columnEntity>;

export const tableEntity = z.looseObject({
  id: z.string(),
  name: z.string(),
  fullyQualifiedName: z.string(),
  description: z.string().nullish(),
  columns: z.array(columnEntity),
  tableConstraints: z
    .array(z.looseObject({ constraintType: z.string(), columns: z.array(z.string()) }))
    .nullish(),
  extension,
});
export type TableEntity = z.infer<typeof tableEntity>;

export const contractEntity = z.looseObject({
  id: z.string(),
  name: z.string(),
  version: z.number().optional(),
  entity: z.looseObject({ id: z.string(), type: z.string() }),
});
export type ContractEntity = z.infer<typeof contractEntity>;

export const termEntity = z.looseObject({
  id: z.string(),
  name: z.string(),
  fullyQualifiedName: z.string(),
  displayName: z.string().nullish(),
  synonyms: z.array(z.string()).nullish(),
  references: z.array(z.looseObject({ endpoint: z.string().nullish() })).nullish(),
  conceptMappings: z.array(z.looseObject({ conceptIri: z.string().nullish() })).nullish(),
  glossary: z.looseObject({ name: z.string().nullish() }),
  extension,
});
export type TermEntity = z.infer<typeof termEntity>;

export const namedEntity = z.looseObject({ id: z.string(), fullyQualifiedName: z.string().optional() });

/**
 * Custom properties of type `string`: what OpenMetadata has no place for. Its import of ODCS keeps no version, no physical names and
 * no custom properties, so the documents themselves stand beside what it made of them.
 */
export const customProperties = {
  contract: { type: 'table', name: 'aiworkflowContract' },
  mapping: { type: 'table', name: 'aiworkflowMapping' },
  policy: { type: 'glossaryTerm', name: 'aiworkflowPolicy' },
} as const;

export function customText(
  { extension: values }: { readonly extension?: Record<string, unknown> | null | undefined },
  kind: keyof typeof customProperties,
): string | undefined {
  const value = values?.[customProperties[kind].name];
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
