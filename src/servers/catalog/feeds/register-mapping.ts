import { z } from 'zod';
import type { JsonObject } from '../../../domain/json.ts';
import { mappingSchema } from '../../../metadata/mapping.ts';
import type { CatalogBackend } from '../backend.ts';
import type { Origin } from '../changes/change.ts';
import type { ChangeBook } from '../changes/change-book.ts';
import { unknownName } from '../refusal.ts';
import type { Feed } from './feed.ts';
import { registerFeed } from './register-feed.ts';

/** A mapping in few words: what a model writes that has looked at the table of a feed. */
export const mappingDraftShape = {
  feed: z.string().max(200).describe('id of the feed whose table is mapped'),
  target: mappingSchema.shape.target,
  sql: mappingSchema.shape.sql,
  columns: mappingSchema.shape.columns,
};
export type MappingDraft = z.infer<z.ZodObject<typeof mappingDraftShape>>;

/** Keeps the mapping of a feed that has none, as a draft in its version 1.0.0. Throws Refusal. */
export async function registerMapping(
  registrar: { readonly backend: CatalogBackend; readonly book: ChangeBook; readonly nowMs: number },
  { feed: id, target, sql, columns }: MappingDraft,
  origin: Origin | undefined,
): Promise<Feed> {
  const { feeds, documents } = await registrar.backend.read();
  const feed = feeds.find((candidate) => candidate.id === id);
  const contract = documents.find((document) => document.kind === 'contract' && document.id === id);
  if (!feed || !contract)
    throw unknownName(
      'feed',
      id,
      feeds.map((candidate) => candidate.id),
    );
  const mapping: JsonObject = {
    kind: 'Mapping',
    id: `${id}-to-${target.contract}`,
    version: '1.0.0',
    source: { contract: id, table: feed.contract.schema[0]?.physicalName ?? '' },
    target,
    sql,
    columns,
  };
  return registerFeed(registrar, { contract: contract.value, mapping, origin });
}
