import type { JsonObject } from '../../domain/json.ts';
import type { Contract } from '../../metadata/odcs.ts';
import type { Policy } from '../../metadata/policy.ts';
import type { DocumentKind } from './documents/kinds.ts';
import type { Feed } from './feeds/feed.ts';

/** A document that is in force: what was written, apart from how its back end keeps it. */
export interface CatalogDocument {
  readonly kind: DocumentKind;
  readonly id: string;
  /** Three numbers. */
  readonly version: string;
  /** As it was written: keys in their order, nothing filled in. */
  readonly value: JsonObject;
  /** Of the value: two documents of one version and another text are not the same law. 12 hex digits. */
  readonly digest: string;
  /** Where a person finds it: a file, or an address. Not for models: it differs from machine to machine. */
  readonly place: string;
}

/** All that is in force, sorted by id so that every answer is the same on every machine. */
export interface Catalog {
  /** The project's own contracts. Those of feeds are in `feeds`. */
  readonly contracts: readonly Contract[];
  readonly policies: readonly Policy[];
  readonly feeds: readonly Feed[];
  readonly documents: readonly CatalogDocument[];
}

/** The documents of a feed that are not there yet. A mapping may come later than its contract. */
export interface NewFeed {
  readonly id: string;
  readonly contract?: JsonObject;
  readonly mapping?: JsonObject;
}

/**
 * Where the documents are. The tools ask it for all of them and answer from that, so that every back end gives the same
 * answers; `tests/servers/catalog/backend-suite.ts` holds each to it.
 */
export interface CatalogBackend {
  /**
   * What is in force now: never what was in force when the server started. Throws AiworkflowError when any part of it
   * cannot be read: a catalog that knows half of its contracts would let a model invent the other half.
   */
  read(): Promise<Catalog>;
  /** Writes documents that are new. They are in force at once, as drafts. Throws when one is there already. */
  addFeed(feed: NewFeed): Promise<void>;
  /** Puts a version in the place of the one before. Called when a person has accepted it, and never else. */
  replace(was: CatalogDocument, now: JsonObject): Promise<void>;
}
