import { checkTableName, namespaceText, type TableName } from '../catalog/table-name.ts';
import { commitTable } from '../commit/commit-table.ts';
import type { TableState } from '../commit/table-state.ts';
import { IcebergError } from '../iceberg-error.ts';
import { dropTable } from '../maintain/drop-table.ts';
import { printMetadataJson } from '../metadata/metadata-json.ts';
import { currentSnapshot } from '../metadata/read-metadata.ts';
import type { Warehouse } from '../warehouse.ts';
import { applyUpdates, type UpdateContext } from './apply-updates.ts';
import { checkNewFiles } from './check-new-files.ts';
import { checkRequirements } from './check-requirements.ts';
import { createFromUpdates, createOutside } from './create-outside.ts';
import { type CommitRequestBody, readRequest, requests } from './read-request.ts';
import { locationOfTable, nothing, ok, type RestAnswer, requireNamespace } from './rest-answers.ts';
import { RestRefusal } from './rest-refusal.ts';
import type { WriteRoute } from './rest-routes.ts';

/** What clients may change, and as whose work it is known. */
export interface RestWrites {
  readonly warehouse: Warehouse;
  /** Why nobody changes this table from outside; undefined for the others. */
  readonly closed?: (table: TableName) => string | undefined;
  /** Keys of summaries and properties that nobody writes from outside. */
  readonly isReserved?: (key: string) => boolean;
  /** Put into the summary of each snapshot; the client is what it calls itself. */
  readonly sign?: (client: string | undefined) => Readonly<Record<string, string>>;
}

interface WriteRequest {
  readonly body: string;
  /** What the client calls itself. */
  readonly client: string | undefined;
  readonly writes: RestWrites;
}

/** @throws RestRefusal, IcebergError: nothing was changed, unless it is IN_DOUBT. */
export async function answerWrite(route: WriteRoute, request: WriteRequest): Promise<RestAnswer> {
  switch (route.route) {
    case 'create-namespace':
      return createNamespace(request);
    case 'drop-namespace':
      return dropNamespace(route.namespace, request);
    case 'create-table':
      return createTable(route.namespace, request);
    case 'commit':
      return commit(route.table, request);
    case 'drop-table':
      return drop(route, request);
  }
}

function createNamespace({ body, writes }: WriteRequest): RestAnswer {
  const { namespace } = readRequest(body, requests.namespace);
  const { catalog } = writes.warehouse;
  checkTableName({ namespace, name: 'any' });
  if (catalog.listNamespaces().some((known) => namespaceText(known) === namespaceText(namespace))) {
    const message = `There is a namespace ${namespace.join('.')} already.`;
    throw new RestRefusal(409, { type: 'AlreadyExistsException', message });
  }
  catalog.createNamespace(namespace);
  // Properties are not kept, and the answer says so.
  return ok({ namespace, properties: {} });
}

function dropNamespace(namespace: readonly string[], { writes }: WriteRequest): RestAnswer {
  const { catalog } = writes.warehouse;
  requireNamespace(catalog, namespace);
  if (catalog.dropNamespace(namespace)) return nothing;
  const message = `The namespace ${namespace.join('.')} is not empty.`;
  throw new RestRefusal(409, { type: 'NamespaceNotEmptyException', message });
}

async function createTable(namespace: readonly string[], request: WriteRequest): Promise<RestAnswer> {
  const { warehouse } = request.writes;
  requireNamespace(warehouse.catalog, namespace);
  const body = readRequest(request.body, requests.table);
  const table = { namespace, name: body.name };
  requireOpen(table, request.writes);
  const context = contextOf(request);
  const made = await judging(() => createOutside(warehouse, { body, table, context }));
  return tableAnswer(made, { config: {} });
}

async function commit(table: TableName, request: WriteRequest): Promise<RestAnswer> {
  const { warehouse } = request.writes;
  const body = readRequest(request.body, requests.commit);
  requireOpen(table, request.writes);
  const isCreation = body.requirements.some(({ type }) => type === 'assert-create');
  if (isCreation) {
    requireNamespace(warehouse.catalog, table.namespace);
    const context = contextOf(request);
    const { updates } = body;
    return tableAnswer(await judging(() => createFromUpdates(warehouse, { updates, table, context })));
  }
  locationOfTable(warehouse.catalog, table);
  return tableAnswer(await judging(() => commitUpdates(table, { request, body })));
}

/** The same commit as of our own writers: judged anew on what is there when another one was first. */
async function commitUpdates(
  table: TableName,
  { request, body }: { request: WriteRequest; body: CommitRequestBody },
): Promise<TableState> {
  return commitTable(request.writes.warehouse, table, async ({ metadata: base }) => {
    checkRequirements(base, body.requirements);
    const context = contextOf(request);
    const { metadata, added } = applyUpdates(base, { updates: body.updates, context });
    await checkNewFiles(metadata, { added, before: currentSnapshot(base) });
    return metadata;
  });
}

/** Of what the client describes and has written: it is the request that is wrong, not the table. */
async function judging<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!IcebergError.is(error, 'DAMAGED') && !IcebergError.is(error, 'NOT_FOUND')) throw error;
    throw RestRefusal.badRequest(error.message);
  }
}

async function drop(
  { table, isPurge }: { table: TableName; isPurge: boolean },
  { writes }: WriteRequest,
): Promise<RestAnswer> {
  requireOpen(table, writes);
  locationOfTable(writes.warehouse.catalog, table);
  if (isPurge)
    throw RestRefusal.badRequest(
      'Files of a table are not removed from outside: drop it without purgeRequested.',
    );
  await dropTable(writes.warehouse, { table });
  return nothing;
}

function requireOpen(table: TableName, { closed }: RestWrites): void {
  const why = closed?.(table);
  if (why !== undefined) throw RestRefusal.forbidden(why);
}

function contextOf({ client, writes }: WriteRequest): UpdateContext {
  const { warehouse, isReserved = () => false, sign = () => ({}) } = writes;
  return { now: warehouse.now(), isReserved, signature: sign(client) };
}

function tableAnswer(
  { metadata, location }: { metadata: TableState['metadata']; location: string | undefined },
  more: object = {},
): RestAnswer {
  const body = printMetadataJson({ 'metadata-location': location ?? null, metadata, ...more });
  return { status: 200, body };
}
