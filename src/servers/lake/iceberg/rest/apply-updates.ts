import { nextTimestamp } from '../commit/commit-table.ts';
import { withoutSnapshots } from '../maintain/expire-snapshots.ts';
import { currentSchema, schemaOf } from '../metadata/read-metadata.ts';
import type { Snapshot, SnapshotId, TableMetadata } from '../metadata/table-metadata.ts';
import { bindSpec } from '../partition/spec.ts';
import type { Schema } from '../schema/types.ts';
import { withSortOrder, withSpec } from './apply-layout.ts';
import { checkAddedSchema, checkGivenSchema, checkSwitch, partsOf } from './given-schema.ts';
import type { GivenSchema, TableUpdate } from './read-request.ts';
import { RestRefusal } from './rest-refusal.ts';

/** What an update is made with. */
export interface UpdateContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Keys of summaries and properties that nobody writes from outside. */
  readonly isReserved: (key: string) => boolean;
  /** Put into the summary of each snapshot: from where it came. */
  readonly signature: Readonly<Record<string, string>>;
}

/** A table in the middle of its updates; -1 stands for what was added last. */
export interface Draft {
  readonly metadata: TableMetadata;
  readonly lastSchemaId?: number;
  readonly lastSpecId?: number;
  readonly lastOrderId?: number;
  readonly added: readonly SnapshotId[];
}

/**
 * The table after the updates, one after the other; nothing of it is written.
 * @throws RestRefusal 400 or 409, IcebergError INVALID or UNSUPPORTED when one of them cannot be.
 */
export function applyUpdates(
  base: TableMetadata,
  { updates, context }: { updates: readonly TableUpdate[]; context: UpdateContext },
): Draft {
  const draft = updates.reduce<Draft>((before, update) => applyUpdate(before, { update, context }), {
    metadata: base,
    added: [],
  });
  checkWhole(draft.metadata);
  return draft;
}

function applyUpdate(
  draft: Draft,
  { update, context }: { update: TableUpdate; context: UpdateContext },
): Draft {
  const { metadata } = draft;
  switch (update.action) {
    case 'assign-uuid':
      return same(draft, { what: 'UUID', is: metadata['table-uuid'], given: update.uuid });
    case 'upgrade-format-version':
      return same(draft, { what: 'version', is: 2, given: update['format-version'] });
    case 'set-location':
      return same(draft, { what: 'location', is: metadata.location, given: update.location });
    case 'add-schema':
      return addSchema(draft, update.schema);
    case 'set-current-schema':
      return setSchema(draft, given(update['schema-id'], draft.lastSchemaId));
    case 'add-spec':
      return withSpec(draft, update.spec);
    case 'set-default-spec':
      return {
        ...draft,
        metadata: { ...metadata, 'default-spec-id': given(update['spec-id'], draft.lastSpecId) },
      };
    case 'add-sort-order':
      return withSortOrder(draft, update['sort-order']);
    case 'set-default-sort-order':
      return {
        ...draft,
        metadata: { ...metadata, 'default-sort-order-id': given(update['sort-order-id'], draft.lastOrderId) },
      };
    case 'add-snapshot':
      return addSnapshot(draft, { snapshot: update.snapshot, context });
    case 'set-snapshot-ref':
      return setReference(draft, { update, context });
    case 'remove-snapshot-ref':
      return removeReference(draft, update['ref-name']);
    case 'remove-snapshots':
      return { ...draft, metadata: withoutSnapshots(metadata, new Set(update['snapshot-ids'])) };
    case 'set-properties':
      return setProperties(draft, { updates: update.updates, context });
    case 'remove-properties':
      return removeProperties(draft, { removals: update.removals, context });
  }
}

function same(
  draft: Draft,
  { what, is, given: wanted }: { what: string; is: string | number; given: string | number },
): Draft {
  const plain = (value: string | number) => String(value).replace(/\/+$/, '');
  if (plain(is) === plain(wanted)) return draft;
  throw RestRefusal.badRequest(`The ${what} of a table cannot be changed here: it is ${is}, not ${wanted}.`);
}

function given(id: number, last: number | undefined): number {
  if (id !== -1) return id;
  if (last !== undefined) return last;
  throw RestRefusal.badRequest('An id of -1 names what was added last, and nothing was added before it.');
}

function addSchema(draft: Draft, schema: GivenSchema): Draft {
  const { metadata } = draft;
  checkGivenSchema(schema);
  const equal = metadata.schemas.find((known) => contentOf(known) === contentOf(schema));
  if (equal) return { ...draft, lastSchemaId: equal['schema-id'] };
  checkAddedSchema(schema, {
    known: metadata.schemas,
    lastColumnId: metadata['last-column-id'],
    hasRows: metadata.snapshots.length > 0,
  });
  const id = 1 + Math.max(-1, ...metadata.schemas.map((known) => known['schema-id']));
  const lastColumnId = Math.max(metadata['last-column-id'], ...partsOf(schema).map((part) => part.id));
  return {
    ...draft,
    lastSchemaId: id,
    metadata: {
      ...metadata,
      'last-column-id': lastColumnId,
      schemas: [...metadata.schemas, { ...schema, 'schema-id': id }],
    },
  };
}

function contentOf(schema: GivenSchema | Schema): string {
  return JSON.stringify([schema.fields, schema['identifier-field-ids'] ?? []]);
}

function setSchema(draft: Draft, schemaId: number): Draft {
  const { metadata } = draft;
  const schema = metadata.schemas.find((known) => known['schema-id'] === schemaId);
  if (!schema) throw RestRefusal.badRequest(`The table has no schema ${schemaId}.`);
  if (metadata.snapshots.length > 0) checkSwitch(currentSchema(metadata), schema);
  return { ...draft, metadata: { ...metadata, 'current-schema-id': schemaId } };
}

type Given<Action> = Extract<TableUpdate, { action: Action }>;

function addSnapshot(
  draft: Draft,
  { snapshot, context }: { snapshot: Given<'add-snapshot'>['snapshot']; context: UpdateContext },
): Draft {
  const { metadata } = draft;
  const sequence = metadata['last-sequence-number'] + 1;
  checkSnapshot(metadata, { snapshot, sequence, context });
  const { 'parent-snapshot-id': parent, 'schema-id': schemaId, summary, ...rest } = snapshot;
  // Other machines' clocks differ, and a table's past is found by its times: they go forward, and not past now.
  const next = nextTimestamp(metadata, context.now);
  const isFitting = rest['timestamp-ms'] > metadata['last-updated-ms'] && rest['timestamp-ms'] <= next;
  const timestamp = isFitting ? rest['timestamp-ms'] : next;
  const added: Snapshot = {
    ...rest,
    ...(typeof parent === 'string' && { 'parent-snapshot-id': parent }),
    'timestamp-ms': timestamp,
    summary: { ...summary, ...context.signature },
    'schema-id': schemaId ?? metadata['current-schema-id'],
  };
  return {
    ...draft,
    added: [...draft.added, snapshot['snapshot-id']],
    metadata: {
      ...metadata,
      'last-sequence-number': sequence,
      'last-updated-ms': timestamp,
      snapshots: [...metadata.snapshots, added],
    },
  };
}

function checkSnapshot(
  metadata: TableMetadata,
  {
    snapshot,
    sequence,
    context,
  }: { snapshot: Given<'add-snapshot'>['snapshot']; sequence: number; context: UpdateContext },
): void {
  const id = snapshot['snapshot-id'];
  if (metadata.snapshots.some((known) => known['snapshot-id'] === id))
    throw RestRefusal.badRequest(`The table has a snapshot ${id} already.`);
  if (snapshot['sequence-number'] !== sequence) {
    throw RestRefusal.conflict(
      `Snapshot ${id} has the number ${snapshot['sequence-number']}, the next one of the table is ${sequence}: another writer was first.`,
    );
  }
  const schemaId = snapshot['schema-id'] ?? metadata['current-schema-id'];
  if (!metadata.schemas.some((schema) => schema['schema-id'] === schemaId))
    throw RestRefusal.badRequest(`The table has no schema ${schemaId}.`);
  refuseReserved(Object.keys(snapshot.summary), context);
}

function setReference(
  draft: Draft,
  { update, context }: { update: Given<'set-snapshot-ref'>; context: UpdateContext },
): Draft {
  const { action: _action, 'ref-name': name, ...reference } = update;
  const { metadata } = draft;
  const id = reference['snapshot-id'];
  const snapshot = metadata.snapshots.find((known) => known['snapshot-id'] === id);
  if (!snapshot) throw RestRefusal.badRequest(`"${name}" cannot name snapshot ${id}: the table has none.`);
  const kept = Object.entries(reference).filter(([, value]) => value !== null && value !== undefined);
  const refs = {
    ...metadata.refs,
    [name]: { ...Object.fromEntries(kept), type: reference.type, 'snapshot-id': id },
  };
  if (name !== 'main') return { ...draft, metadata: { ...metadata, refs } };
  if (reference.type !== 'branch') throw RestRefusal.badRequest('"main" is a branch.');
  if (metadata['current-snapshot-id'] === id) return { ...draft, metadata: { ...metadata, refs } };
  const isNew = draft.added.includes(id) && snapshot['timestamp-ms'] >= metadata['last-updated-ms'];
  const timestamp = isNew ? snapshot['timestamp-ms'] : nextTimestamp(metadata, context.now);
  return {
    ...draft,
    metadata: {
      ...metadata,
      refs,
      'current-snapshot-id': id,
      'last-updated-ms': timestamp,
      'snapshot-log': [...metadata['snapshot-log'], { 'timestamp-ms': timestamp, 'snapshot-id': id }],
    },
  };
}

function removeReference(draft: Draft, name: string): Draft {
  if (name === 'main') throw RestRefusal.badRequest('"main" cannot be removed: it is what the table shows.');
  const { [name]: _gone, ...refs } = draft.metadata.refs;
  return { ...draft, metadata: { ...draft.metadata, refs } };
}

function setProperties(
  draft: Draft,
  { updates, context }: { updates: Readonly<Record<string, string>>; context: UpdateContext },
): Draft {
  refuseReserved(Object.keys(updates), context);
  const { metadata } = draft;
  return { ...draft, metadata: { ...metadata, properties: { ...metadata.properties, ...updates } } };
}

function removeProperties(
  draft: Draft,
  { removals, context }: { removals: readonly string[]; context: UpdateContext },
): Draft {
  refuseReserved(removals, context);
  const kept = Object.entries(draft.metadata.properties).filter(([key]) => !removals.includes(key));
  return { ...draft, metadata: { ...draft.metadata, properties: Object.fromEntries(kept) } };
}

/** @throws RestRefusal 403 for keys by which the owner of the warehouse knows its own work. */
export function refuseReserved(
  keys: readonly string[],
  { isReserved }: Pick<UpdateContext, 'isReserved'>,
): void {
  const reserved = keys.filter(isReserved);
  if (reserved.length === 0) return;
  throw RestRefusal.forbidden(`${reserved.join(', ')}: nobody writes such keys from outside.`);
}

function checkWhole(metadata: TableMetadata): void {
  const { 'current-schema-id': schemaId, 'default-spec-id': specId } = metadata;
  if (!metadata.schemas.some((schema) => schema['schema-id'] === schemaId))
    throw RestRefusal.badRequest(`The table has no schema ${schemaId}.`);
  const schema = schemaOf(metadata, schemaId);
  if (!metadata['partition-specs'].some((spec) => spec['spec-id'] === specId))
    throw RestRefusal.badRequest(`The table has no partition spec ${specId}.`);
  // Old files are read and pruned by the old specs: their columns must be there.
  for (const spec of metadata['partition-specs']) bindSpec(spec, schema);
  const orders = metadata['sort-orders'] as readonly { 'order-id': number }[];
  if (!orders.some((order) => order['order-id'] === metadata['default-sort-order-id']))
    throw RestRefusal.badRequest(`The table has no sort order ${metadata['default-sort-order-id']}.`);
  const known = new Set(metadata.snapshots.map((snapshot) => snapshot['snapshot-id']));
  const named = [
    ...Object.values(metadata.refs).map((ref) => ref['snapshot-id']),
    ...(metadata['current-snapshot-id'] === undefined ? [] : [metadata['current-snapshot-id']]),
  ];
  const lost = named.find((id) => !known.has(id));
  if (lost !== undefined)
    throw RestRefusal.badRequest(`Snapshot ${lost} cannot be removed: a branch or a tag names it.`);
}
