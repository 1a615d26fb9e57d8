import { z } from 'zod';
import { draftOfContract, feedDraftSchema } from '../../../metadata/feed-draft.ts';
import { feedView, feedViewSchema } from '../../../metadata/feed-view.ts';
import { type Mapping, mappingSchema } from '../../../metadata/mapping.ts';
import type { Contract } from '../../../metadata/odcs.ts';

/** Files of one vendor in one shape: their contract, and how their rows become ours when that is known. */
export interface Feed {
  readonly id: string;
  readonly contract: Contract;
  readonly digest: string;
  readonly pattern: string;
  readonly mapping?: Mapping;
}

/** A feed as the tools show it: the lake's own words, and the mapping as lake.run_mapping needs it. */
export const feedAnswerSchema = z.object({
  id: z.string(),
  version: z.string(),
  status: z.string(),
  digest: z.string().describe('of the contract: the same version with another digest is another text'),
  ...feedViewSchema.shape,
  mapping: mappingSchema.optional(),
  draft: feedDraftSchema
    .optional()
    .describe('the contract in few words, as register_feed and propose_change take it'),
});
export type FeedAnswer = z.infer<typeof feedAnswerSchema>;

/** A contract that people wrote may say less than a draft does (no `vendorId`): it is shown without one. */
export function feedAnswer({ id, contract, digest, mapping }: Feed): FeedAnswer {
  const { version, status } = contract;
  const draft = draftOfContract(contract);
  return {
    id,
    version,
    status,
    digest,
    ...feedView(contract),
    ...(mapping && { mapping }),
    ...(draft && { draft }),
  };
}
