import { feedOf, feedProperty } from '../../metadata/feed.ts';
import type { Problem } from '../../metadata/problem.ts';
import { problemAt } from '../../metadata/read-yaml.ts';
import type { ReadFile } from './read-document.ts';

/** A file belongs to one feed: the catalog does not start with two feeds of one pattern. */
export function feedTwins({ contract, file }: ReadFile, all: readonly ReadFile[]): Problem[] {
  if (!contract) return [];
  const pattern = feedOf(contract.value)?.pattern;
  if (pattern === undefined) return [];
  const twin = all.find((other) => {
    if (other.file === file || !other.contract) return false;
    return feedOf(other.contract.value)?.pattern === pattern;
  });
  if (!twin?.contract) return [];
  const ids = [twin.contract.value.id, contract.value.id].sort();
  const at = (contract.value.customProperties ?? []).findIndex(({ property }) => property === feedProperty);
  return [
    problemAt(contract, {
      path: ['customProperties', at, 'value', 'pattern'],
      message: `The feeds "${ids[0]}" and "${ids[1]}" both take the files ${pattern}.`,
      hint: `give each feed a pattern of its own, the other stands in ${twin.file}: a file belongs to one feed.`,
    }),
  ];
}
