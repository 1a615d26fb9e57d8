import type { JsonObject } from '../../../domain/json.ts';
import { AiworkflowError } from '../../../errors/index.ts';
import type { CatalogBackend, CatalogDocument, NewFeed } from '../backend.ts';
import { type DocumentKind, named } from '../documents/kinds.ts';
import { readDocument } from '../documents/read-document.ts';
import { yamlText } from '../documents/yaml-text.ts';
import type { OpenMetadataClient } from './client.ts';
import {
  customProperties,
  customText,
  namedEntity,
  type TableEntity,
  tableEntity,
  termEntity,
} from './entities.ts';
import type { Places } from './places.ts';
import { readCatalog } from './read-catalog.ts';
import { odcsText, tableRequest, termRequest, termValues } from './requests.ts';

export interface OpenMetadataBackend extends CatalogBackend {
  /** Writes a contract, with its mapping, or a policy, whether it was there or not: to fill a server. */
  publish(kind: 'contract' | 'policy', document: JsonObject, mapping?: JsonObject): Promise<void>;
}

/** Documents on an OpenMetadata server; docs/catalog.md says where each stands. */
export function createOpenMetadataBackend(client: OpenMetadataClient, places: Places): OpenMetadataBackend {
  const server = { client, places };
  return {
    read: () => readCatalog(client, places),
    addFeed: (feed) => addFeed(server, feed),
    replace: (was, now) => replace(server, was, now),
    publish: (kind, document, mapping) =>
      kind === 'policy'
        ? putPolicy(server, document)
        : putContract(server, document, mapping && yamlText(mapping)),
  };
}

interface Server {
  readonly client: OpenMetadataClient;
  readonly places: Places;
}

async function addFeed(server: Server, { id, contract, mapping }: NewFeed): Promise<void> {
  if (contract) return putContract(server, contract, mapping && yamlText(mapping));
  if (mapping) await putMapping(server, { contract: id, mapping });
}

/**
 * The table with the document first, then the contract, without which the table governs nothing: a crash between the two leaves no
 * half of a contract, and the same again completes it.
 */
async function putContract(
  { client, places }: Server,
  document: JsonObject,
  mapping: string | undefined,
): Promise<void> {
  const { value: contract } = read('contract', document);
  for (const table of contract.schema) {
    const databaseSchema = places.schemaOf(table.physicalName);
    const name = databaseSchema.slice(databaseSchema.lastIndexOf('.') + 1);
    await client.send(
      { method: 'PUT', path: '/databaseSchemas', body: { name, database: places.database } },
      namedEntity,
    );
    const request = tableRequest({ contract, table, document, mapping }, databaseSchema);
    const isFirst = table === contract.schema[0];
    const { extension, ...plain } = request;
    const body = isFirst ? { ...plain, extension: extension ?? {} } : plain;
    const { id } = await client.send({ method: 'PUT', path: '/tables', body }, tableEntity);
    if (!isFirst) continue;
    await client.send(
      {
        method: 'PUT',
        path: `/dataContracts/odcs/yaml?entityId=${encodeURIComponent(id)}&entityType=table&mode=replace&objectName=${encodeURIComponent(table.name)}`,
        body: odcsText(contract),
        type: 'application/yaml',
      },
      namedEntity,
    );
  }
}

async function putMapping(
  server: Server,
  { contract, mapping }: { readonly contract: string; readonly mapping: JsonObject },
): Promise<void> {
  const { value } = read('mapping', mapping);
  const table = await tableNamed(server, value.source.table);
  const { name } = customProperties.mapping;
  const body = [{ op: 'add', path: '/extension', value: { ...table.extension, [name]: yamlText(mapping) } }];
  if (customText(table, 'contract') === undefined) throw notOurs(contract, table);
  await client(server).send(
    { method: 'PATCH', path: `/tables/${table.id}`, body, type: 'application/json-patch+json' },
    tableEntity,
  );
}

async function putPolicy({ client: to, places }: Server, document: JsonObject): Promise<void> {
  const { value: policy } = read('policy', document);
  const name = places.policyGlossary;
  const description = 'Business policies that the catalog of aiworkflow serves.';
  await to.send({ method: 'PUT', path: '/glossaries', body: { name, description } }, namedEntity);
  await to.send(
    { method: 'PUT', path: '/glossaryTerms', body: termRequest(policy, document, name) },
    termEntity,
  );
}

async function replace(server: Server, was: CatalogDocument, now: JsonObject): Promise<void> {
  if (was.kind === 'mapping') {
    const { value } = read('mapping', now);
    return putMapping(server, { contract: value.source.contract, mapping: now });
  }
  if (was.kind === 'contract') {
    const [before, after] = [read('contract', was.value).value, read('contract', now).value];
    const from = before.schema[0]?.physicalName ?? '';
    if (from !== after.schema[0]?.physicalName) throw moved(was);
    return putContract(server, now, customText(await tableNamed(server, from), 'mapping'));
  }
  const { value: policy } = read('policy', now);
  const path = `/glossaryTerms/name/${encodeURIComponent(`${server.places.policyGlossary}.${policy.id}`)}`;
  const term = await server.client.find(path, termEntity);
  if (!term) throw missing(path);
  const values = Object.entries(termValues(policy, now));
  const body = values.map(([key, value]) => ({ op: 'add', path: `/${key}`, value }));
  await server.client.send(
    { method: 'PATCH', path: `/glossaryTerms/${term.id}`, body, type: 'application/json-patch+json' },
    termEntity,
  );
}

const client = ({ client: of }: Server): OpenMetadataClient => of;

async function tableNamed({ client: of, places }: Server, physicalName: string): Promise<TableEntity> {
  const path = `/tables/name/${encodeURIComponent(places.tableName(physicalName))}?fields=columns,tags,owners,tableConstraints,extension`;
  const table = await of.find(path, tableEntity);
  if (!table) throw missing(path);
  return table;
}

const read = <Kind extends DocumentKind>(kind: Kind, value: JsonObject) =>
  readDocument({ kind, place: 'the document', text: yamlText(value) });

function missing(path: string): AiworkflowError {
  return new AiworkflowError({
    code: 'CATALOG_FAILED',
    message: `The server has nothing at ${path}.`,
    hint: 'it was there when the catalog was read: ask again.',
  });
}

function notOurs(contract: string, table: TableEntity): AiworkflowError {
  return new AiworkflowError({
    code: 'CATALOG_FAILED',
    message: `The contract "${contract}" of ${table.fullyQualifiedName} was made in OpenMetadata and has no document to put a mapping beside.`,
    hint: 'publish the contract from a file first.',
  });
}

function moved(was: CatalogDocument): AiworkflowError {
  return new AiworkflowError({
    code: 'CHANGE_REFUSED',
    message: `The ${named(was)} would be that of another table: in OpenMetadata a contract belongs to its table.`,
    hint: 'register a contract of the new table, and let this one be retired.',
  });
}
