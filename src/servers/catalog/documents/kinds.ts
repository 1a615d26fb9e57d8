import { z } from 'zod';
import { mappingSchema } from '../../../metadata/mapping.ts';
import { contractSchema } from '../../../metadata/odcs.ts';
import { policySchema } from '../../../metadata/policy.ts';
import { type DocumentKind, documentKinds } from '../../../metadata/versions/compare-documents.ts';

export type { DocumentKind };
/** What a catalog holds. An id is unique within its kind. */
export const documentKindSchema = z.enum(documentKinds);

export const documentSchemas = {
  contract: contractSchema,
  mapping: mappingSchema,
  policy: policySchema,
} as const;

/** `contract "product"`: how a document is named in a sentence. */
export const named = ({ kind, id }: { readonly kind: DocumentKind; readonly id: string }): string =>
  `${kind} "${id}"`;
