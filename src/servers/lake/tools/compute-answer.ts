import type { z } from 'zod';
import { type ComputeAsk, computeGrant } from '../compute/compute-size.ts';
import { grantCompute } from '../compute/grant-compute.ts';
import { standardCompute } from '../compute/plan-compute.ts';
import type { Lake } from '../lake.ts';

/** How an answer shows the size of its call. */
export const computeAnswer = computeGrant.describe('the size that was asked for, and the one that was given');

/** Clamped again: a plan that was granted once may be handed to a lake with other limits. */
export function grantedCompute({ compute: limits }: Lake, asked: ComputeAsk | undefined) {
  if (asked === undefined) return undefined;
  const { granted } = grantCompute(asked, { standard: standardCompute(limits), limits });
  const answer: z.input<typeof computeGrant> = { asked, granted };
  return { granted, answer };
}
