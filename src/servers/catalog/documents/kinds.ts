import { z } from 'zod';
import { feedProperty, feedSchema } from '../../../metadata/feed.ts';
import { mappingSchema } from '../../../metadata/mapping.ts';
import { type Contract, contractSchema } from '../../../metadata/odcs.ts';
import { policySchema } from '../../../metadata/policy.ts';

/** What a catalog holds. An id is unique within its kind. */
export const documentKinds = ['contract', 'mapping', 'policy'] as const;
export type DocumentKind = (typeof documentKinds)[number];
export const documentKindSchema = z.enum(documentKinds);

/** What a contract says of a feed is checked where it is written: `feedOf` would throw when a file is matched. */
const checkedContractSchema: z.ZodType<Contract> = contractSchema.superRefine((contract, context) => {
  const { customProperties = [] } = contract;
  const index = customProperties.findIndex(({ property }) => property === feedProperty);
  if (index < 0) return;
  const { error } = feedSchema.safeParse(customProperties[index]?.value);
  for (const issue of error?.issues ?? [])
    context.addIssue({
      code: 'custom',
      message: issue.message,
      path: ['customProperties', index, 'value', ...issue.path],
    });
});

export const documentSchemas = {
  contract: checkedContractSchema,
  mapping: mappingSchema,
  policy: policySchema,
} as const;

/** `contract "product"`: how a document is named in a sentence. */
export const named = ({ kind, id }: { readonly kind: DocumentKind; readonly id: string }): string =>
  `${kind} "${id}"`;
