import { DefinitionError } from '../../../errors/index.ts';
import { feedOf } from '../../../metadata/feed.ts';
import { takeSameRecords } from '../../../metadata/feed-parts.ts';
import type { Mapping } from '../../../metadata/mapping.ts';
import type { Contract } from '../../../metadata/odcs.ts';
import type { Policy } from '../../../metadata/policy.ts';
import type { Catalog } from '../backend.ts';
import type { Feed } from '../feeds/feed.ts';
import { named } from './kinds.ts';
import type { ReadDocument } from './read-document.ts';

export interface ReadDocuments {
  readonly contracts: readonly ReadDocument<Contract>[];
  readonly mappings: readonly ReadDocument<Mapping>[];
  readonly policies: readonly ReadDocument<Policy>[];
}

/** Documents that were read one by one as a catalog. Throws DefinitionError when they do not fit together. */
export function assembleCatalog({ contracts, mappings, policies }: ReadDocuments): Catalog {
  for (const documents of [contracts, mappings, policies]) requireOneOfEachId(documents);
  for (const mapping of mappings) requireContracts(mapping, contracts);
  const feeds = feedsOf(contracts, mappings);
  requireOneOfEachPattern(feeds);
  return {
    contracts: sorted(contracts.map(({ value }) => value).filter((contract) => !feedOf(contract))),
    policies: sorted(policies.map(({ value }) => value)),
    feeds: sorted(feeds),
    documents: [...contracts, ...mappings, ...policies].map(({ document }) => document),
  };
}

function feedsOf(
  contracts: readonly ReadDocument<Contract>[],
  mappings: readonly ReadDocument<Mapping>[],
): Feed[] {
  return contracts.flatMap(({ value: contract, document }) => {
    const feed = feedOf(contract);
    if (!feed) return [];
    const [mapping, second] = mappings.filter(({ value }) => value.source.contract === contract.id);
    if (second) throw secondMapping(contract.id, second.document.place);
    const { id, digest } = document;
    return [{ id, contract, digest, pattern: feed.pattern, ...(mapping && { mapping: mapping.value }) }];
  });
}

function requireOneOfEachId(documents: readonly ReadDocument<unknown>[]): void {
  const places = new Map<string, string>();
  for (const { document } of documents) {
    const first = places.get(document.id);
    if (first !== undefined)
      throw misfit({
        message: `The id "${document.id}" is already taken by ${first}.`,
        hint: `Change the id in ${document.place}.`,
        place: document.place,
      });
    places.set(document.id, document.place);
  }
}

/** A mapping from or to nowhere would be found out only when rows are to be mapped with it. */
function requireContracts(
  { document, value }: ReadDocument<Mapping>,
  contracts: readonly ReadDocument<Contract>[],
): void {
  for (const { contract: id, table } of [value.source, value.target]) {
    const contract = contracts.find((candidate) => candidate.value.id === id);
    if (contract?.value.schema.some(({ physicalName }) => physicalName === table)) continue;
    throw misfit({
      message: contract
        ? `The ${named(document)} names the table ${table}, which the contract "${id}" does not have.`
        : `The ${named(document)} names the contract "${id}", and there is none.`,
      hint: `Change source and target in ${document.place}, or add the contract.`,
      place: document.place,
    });
  }
}

function requireOneOfEachPattern(feeds: readonly Feed[]): void {
  const optionsOf = ({ contract }: Feed) => feedOf(contract)?.options;
  for (const [index, feed] of feeds.entries()) {
    const { id, pattern } = feed;
    const first = feeds
      .slice(0, index)
      .find((other) => other.pattern === pattern && takeSameRecords(optionsOf(other), optionsOf(feed)));
    if (first !== undefined)
      throw misfit({
        message: `The feeds "${first.id}" and "${id}" both take the files ${pattern}.`,
        hint: 'Give each feed a pattern of its own, or, in options, the sheet, record_path, record_element or record_filter of its own: a record belongs to one feed.',
      });
  }
}

function secondMapping(feed: string, place: string): DefinitionError {
  return misfit({
    message: `The feed "${feed}" has a second mapping.`,
    hint: `A feed is mapped once: take ${place} away, or put both into one.`,
    place,
  });
}

function misfit({
  message,
  hint,
  place,
}: {
  readonly message: string;
  readonly hint: string;
  readonly place?: string;
}): DefinitionError {
  const location = place === undefined ? {} : { location: { file: place, line: 1, column: 1 } };
  return new DefinitionError({ code: 'DEFINITION_INVALID', message, hint, ...location });
}

const sorted = <Value extends { readonly id: string }>(values: readonly Value[]): Value[] =>
  [...values].sort((a, b) => (a.id < b.id ? -1 : 1));
