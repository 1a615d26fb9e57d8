import type { Json } from '../../domain/json.ts';
import { jsonDifferences } from '../../domain/json-difference.ts';
import { contractShape } from '../lake/contract-shape.ts';
import { mappingSchema } from '../mapping.ts';
import { policySchema } from '../policy.ts';
import { type Change, type Comparison, comparisonOf } from './change.ts';
import { compareContracts } from './compare-contracts.ts';
import { compareMappings } from './compare-mappings.ts';
import { comparePolicies } from './compare-policies.ts';

export const documentKinds = ['contract', 'mapping', 'policy'] as const;
export type DocumentKind = (typeof documentKinds)[number];

interface Pair {
  readonly was: unknown;
  readonly now: unknown;
}

/**
 * Two versions of one document, as they are written. The old one need not keep what the lake asks of contracts today:
 * it was in force. Throws ZodError when one of them is no such document at all.
 */
export function compareDocuments(kind: DocumentKind, pair: Pair): Comparison {
  const comparison = compareRead(kind, pair);
  if (comparison.changes.length > 0) return comparison;
  const versioned = {
    was: { id: comparison.id, version: comparison.from },
    now: { id: comparison.id, version: comparison.to },
  };
  return comparisonOf(versioned, unread(pair));
}

function compareRead(kind: DocumentKind, { was, now }: Pair): Comparison {
  switch (kind) {
    case 'contract':
      return compareContracts(contractShape.parse(was), contractShape.parse(now));
    case 'mapping':
      return compareMappings(mappingSchema.parse(was), mappingSchema.parse(now));
    case 'policy':
      return comparePolicies(policySchema.parse(was), policySchema.parse(now));
  }
}

/** What nobody here reads, as a rule of another engine, is a change all the same: two texts of one version must not differ. */
function unread({ was, now }: Pair): Change[] {
  return jsonDifferences(was as Json, now as Json)
    .filter(({ pointer }) => pointer !== '/version')
    .map(({ pointer }) => ({
      kind: 'documentation',
      path: pointer.slice(1).replaceAll('/', '.'),
      words: 'it is written otherwise',
    }));
}
