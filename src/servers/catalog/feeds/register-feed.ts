import type { JsonObject } from '../../../domain/json.ts';
import { feedIdSchema, feedProperty } from '../../../metadata/feed.ts';
import type { Catalog, CatalogBackend, CatalogDocument } from '../backend.ts';
import type { Origin } from '../changes/change.ts';
import type { ChangeBook } from '../changes/change-book.ts';
import { checkedDocument, requireFit } from '../changes/check-change.ts';
import { digestOf } from '../documents/digest.ts';
import { type DocumentKind, named } from '../documents/kinds.ts';
import { Refusal } from '../refusal.ts';
import type { Feed } from './feed.ts';

export interface FeedRegistration {
  readonly contract: JsonObject;
  readonly mapping: JsonObject | undefined;
  readonly origin: Origin | undefined;
}

interface Registrar {
  readonly backend: CatalogBackend;
  readonly book: ChangeBook;
  readonly nowMs: number;
}

/**
 * Takes in a feed that nobody knew, as a draft. The same again changes nothing; another text under a known id is refused, because a
 * document that is in force changes only when a person accepts it. Throws Refusal.
 */
export async function registerFeed(
  { backend, book, nowMs }: Registrar,
  { contract, mapping, origin }: FeedRegistration,
): Promise<Feed> {
  const documents = [
    newDraft('contract', contract),
    ...(mapping ? [newDraft('mapping', mapping)] : []),
  ] as const;
  const [{ id }] = documents;
  requireSafeName(id);
  requireFeed(documents[0]);
  requireMappingOf(id, documents);
  await book.exclusively(async () => {
    const catalog = await backend.read();
    const added = documents.filter((document) => isNew(catalog, document));
    if (added.length === 0) return;
    requireFit([...catalog.documents, ...added]);
    const value = (kind: DocumentKind) => added.find((document) => document.kind === kind)?.value;
    const [newContract, newMapping] = [value('contract'), value('mapping')];
    await backend.addFeed({
      id,
      ...(newContract && { contract: newContract }),
      ...(newMapping && { mapping: newMapping }),
    });
    for (const { kind, id: documentId, version, digest } of added)
      book.register({ kind, documentId, version, digest, origin, atMs: nowMs });
  });
  return feedNamed(await backend.read(), id);
}

/** A registration never says that people have agreed: whatever status was given, it begins as a draft. */
function newDraft(kind: DocumentKind, given: JsonObject): CatalogDocument {
  const value = { ...given, status: 'draft' };
  const { document } = checkedDocument({ kind, value });
  return { ...document, place: `the ${kind} that is to be registered` };
}

/** Before the document is looked at: the id becomes a file's name, on every machine and in every case of letters, and a table's. */
function requireSafeName(id: string): void {
  if (feedIdSchema.safeParse(id).success) return;
  throw new Refusal(
    `"${id.slice(0, 80)}" cannot be the id of a feed.`,
    'Take at most 60 lower-case letters, digits and _, a letter first: acme_prices.',
  );
}

/** False when it is there and says the same: then there is nothing to do. What people have since made of its status counts as the same. */
function isNew({ documents }: Catalog, document: CatalogDocument): boolean {
  const known = documents.find(({ kind, id }) => kind === document.kind && id === document.id);
  if (!known) return true;
  if (digestOf({ ...known.value, status: 'draft' }) === document.digest) return false;
  throw new Refusal(
    `The ${named(document)} is registered already, as version ${known.version}, and says something else.`,
    'Use propose_change: what is in force changes only when a person accepts it.',
  );
}

function requireMappingOf(feed: string, documents: readonly CatalogDocument[]): void {
  const mapping = documents.find(({ kind }) => kind === 'mapping')?.value as
    | { source?: { contract?: string } }
    | undefined;
  if (mapping === undefined || mapping.source?.contract === feed) return;
  throw new Refusal(
    `The mapping's source is the contract "${String(mapping.source?.contract)}" and not the feed "${feed}".`,
    `Set source.contract to ${feed}.`,
  );
}

function requireFeed({ id, value }: CatalogDocument): void {
  const { customProperties = [] } = value as { customProperties?: { property?: string }[] };
  if (customProperties.some(({ property }) => property === feedProperty)) return;
  throw new Refusal(
    `The contract "${id}" says nothing of a feed.`,
    'Give it a custom property `feed` with pattern and vendor_name.',
  );
}

function feedNamed({ feeds }: Catalog, id: string): Feed {
  const feed = feeds.find((candidate) => candidate.id === id);
  if (feed) return feed;
  throw new Refusal(`The feed "${id}" was taken away while it was registered.`, 'Register it again.');
}
