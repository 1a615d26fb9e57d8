import { z } from 'zod';
import { feedOf } from '../../../metadata/feed.ts';
import { takeSameRecords } from '../../../metadata/feed-parts.ts';
import { compilePattern } from '../../../metadata/file-pattern.ts';
import { type Feed, feedAnswer, feedAnswerSchema } from './feed.ts';

export const feedMatchesSchema = z.object({
  files: z
    .array(
      feedAnswerSchema
        .pick({ table: true, vendor_name: true, options: true })
        .extend({ path: z.string(), feed: z.string() }),
    )
    .describe('known files, each as lake.ingest takes it'),
  feeds: z
    .array(feedAnswerSchema.extend({ files: z.array(z.string()) }))
    .describe('the feeds that have files'),
  unknown: z.array(z.string()).describe('files that no feed takes: a new vendor, or a new shape'),
  ambiguous: z
    .array(z.object({ path: z.string(), feeds: z.array(z.string()) }))
    .describe('files that several feeds take: their patterns have to be parted before they are loaded'),
});
export type FeedMatches = z.infer<typeof feedMatchesSchema>;

/**
 * Which feed each file belongs to, in the order of the files. A file of which two feeds take the same records belongs to none: nobody
 * guesses. One whose sheets are feeds of their own is there once for each.
 */
export function matchFeeds(feeds: readonly Feed[], paths: readonly string[]): FeedMatches {
  const takers = feeds.map((feed) => ({ feed, takes: compilePattern(feed.pattern) }));
  const matched = [...new Set(paths)].map((path) => ({
    path,
    owners: takers.filter(({ takes }) => takes(path)).map(({ feed }) => feed),
  }));
  const known = matched
    .filter(({ owners }) => !areAmbiguous(owners))
    .flatMap(({ path, owners }) => owners.map((feed) => ({ path, feed })));
  return {
    files: known.map(({ path, feed }) => {
      const { table, vendor_name, options } = feedAnswer(feed);
      return { path, feed: feed.id, table, vendor_name, options };
    }),
    feeds: feeds.flatMap((feed) => {
      const files = known.filter((one) => one.feed === feed).map(({ path }) => path);
      return files.length > 0 ? [{ ...feedAnswer(feed), files }] : [];
    }),
    unknown: matched.filter(({ owners }) => owners.length === 0).map(({ path }) => path),
    ambiguous: matched
      .filter(({ owners }) => areAmbiguous(owners))
      .map(({ path, owners }) => ({ path, feeds: owners.map(({ id }) => id) })),
  };
}

function areAmbiguous(owners: readonly Feed[]): boolean {
  const options = owners.map(({ contract }) => feedOf(contract)?.options);
  return options.some((one, index) => options.slice(index + 1).some((other) => takeSameRecords(one, other)));
}
