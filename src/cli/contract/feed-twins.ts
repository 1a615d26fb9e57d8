import { feedOf, feedProperty } from '../../metadata/feed.ts';
import { takeSameRecords } from '../../metadata/feed-parts.ts';
import type { Problem } from '../../metadata/problem.ts';
import { problemAt } from '../../metadata/read-yaml.ts';
import type { ReadFile } from './read-document.ts';

/** A file belongs to one feed: the catalog does not start with two feeds of one pattern that take the same records. */
export function feedTwins({ contract, file }: ReadFile, all: readonly ReadFile[]): Problem[] {
  if (!contract) return [];
  const feed = feedOf(contract.value);
  if (feed === undefined) return [];
  const { pattern } = feed;
  const twin = all.find((other) => {
    if (other.file === file || !other.contract) return false;
    const twin = feedOf(other.contract.value);
    return twin?.pattern === pattern && takeSameRecords(twin.options, feed.options);
  });
  if (!twin?.contract) return [];
  const ids = [twin.contract.value.id, contract.value.id].sort();
  const at = (contract.value.customProperties ?? []).findIndex(({ property }) => property === feedProperty);
  return [
    problemAt(contract, {
      path: ['customProperties', at, 'value', 'pattern'],
      message: `The feeds "${ids[0]}" and "${ids[1]}" both take the files ${pattern}.`,
      hint: `give each feed a pattern of its own, the other stands in ${twin.file}: a file belongs to one feed. Feeds of one workbook or document name their own sheet, record_path, record_element or record_filter.`,
    }),
  ];
}
