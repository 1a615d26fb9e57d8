import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse, stringify } from 'yaml';
import { exportOdcs, importOdcs } from './openmetadata-odcs.ts';
import { schemaCheck } from './openmetadata-schemas.ts';

/**
 * A test double of an OpenMetadata server: its routes that the catalog uses, in memory. It is no OpenMetadata, and what it does is what the
 * project's source and documentation say that the real one does; no real server was asked. What holds it down: every request body and
 * every answer is checked with OpenMetadata's own JSON schemas, and its ODCS import loses what the real one loses.
 */
export interface OpenMetadataDouble {
  readonly url: string;
  readonly token: string;
  /** `PUT /api/v1/tables`, in order. */
  readonly requests: string[];
  /** What broke a schema, or asked for something that the server refuses: empty after a sound test. */
  readonly complaints: string[];
  readonly entities: Readonly<Record<Collection, Map<string, Entity>>>;
  readonly edges: unknown[];
  /** The next requests are answered so, whatever they are. */
  misbehave(answer: ((response: ServerResponse) => void) | undefined): void;
  /** Entities in a page of a list, however many were asked for. */
  pageSize: number;
  close(): Promise<void>;
}

type Entity = Record<string, unknown> & { id: string; name: string; fullyQualifiedName: string };
const schemas = {
  databaseSchemas: ['api/data/createDatabaseSchema.json', 'entity/data/databaseSchema.json'],
  tables: ['api/data/createTable.json', 'entity/data/table.json'],
  glossaries: ['api/data/createGlossary.json', 'entity/data/glossary.json'],
  glossaryTerms: ['api/data/createGlossaryTerm.json', 'entity/data/glossaryTerm.json'],
  dataContracts: ['api/data/createDataContract.json', 'entity/data/dataContract.json'],
} as const;
type Collection = keyof typeof schemas;

/** As an administrator has defined them: a server refuses an extension that it does not know. */
const customProperties: Readonly<Record<string, readonly string[]>> = {
  tables: ['aiworkflowContract', 'aiworkflowMapping'],
  glossaryTerms: ['aiworkflowPolicy'],
};

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export async function startOpenMetadataDouble(): Promise<OpenMetadataDouble> {
  const check = schemaCheck();
  const entities = Object.fromEntries(
    Object.keys(schemas).map((name) => [name, new Map()]),
  ) as unknown as Record<Collection, Map<string, Entity>>;
  const state = { requests: [] as string[], complaints: [] as string[], edges: [] as unknown[], pageSize: 3 };
  let misbehaviour: ((response: ServerResponse) => void) | undefined;
  const token = `jwt-${randomUUID()}`;

  const put = (
    collection: Collection,
    body: Record<string, unknown>,
    values: Record<string, unknown>,
  ): Entity => {
    const known = customProperties[collection] ?? [];
    const strange = Object.keys((body['extension'] as object | undefined) ?? {}).find(
      (name) => !known.includes(name),
    );
    if (strange) throw new Refused(400, `Unknown custom field ${strange}`);
    const fullyQualifiedName = String(values['fullyQualifiedName']);
    const former = [...entities[collection].values()].find(
      (one) => one.fullyQualifiedName === fullyQualifiedName,
    );
    const { description, ...given } = body;
    const entity = {
      ...former,
      ...given,
      description: description ?? '',
      ...values,
      id: former?.id ?? randomUUID(),
      version: Math.round((Number(former?.['version'] ?? 0) + 0.1) * 10) / 10,
      updatedAt: 1_700_000_000_000,
      updatedBy: 'ingestion-bot',
    } as unknown as Entity;
    entities[collection].set(entity.id, entity);
    return entity;
  };
  const reference = (type: string, { id, name, fullyQualifiedName }: Entity) => ({
    id,
    type,
    name,
    fullyQualifiedName,
  });
  const named = (collection: Collection, name: string): Entity => {
    const found = [...entities[collection].values()].find(
      ({ fullyQualifiedName }) => fullyQualifiedName === name,
    );
    if (!found) throw new Refused(404, `${collection} instance for ${name} not found`);
    return found;
  };
  const withId = (collection: Collection, id: string): Entity => {
    const found = entities[collection].get(id);
    if (!found) throw new Refused(404, `${collection} instance for ${id} not found`);
    return found;
  };
  const shown = (collection: Collection, entity: Entity, fields: string | null): Entity => {
    const kept = { ...entity };
    const optional = ['extension', 'tags', 'tableConstraints'];
    for (const field of optional)
      if (!fields?.split(',').includes(field) && collection === 'tables') delete kept[field];
    check(schemas[collection][1], kept);
    return kept;
  };
  const list = (collection: Collection, url: URL, keep: (entity: Entity) => boolean) => {
    const all = [...entities[collection].values()].filter(keep);
    const from = Number(url.searchParams.get('after') ?? 0);
    const limit = Math.min(state.pageSize, Number(url.searchParams.get('limit') ?? 10));
    const paging = { total: all.length, ...(from + limit < all.length && { after: String(from + limit) }) };
    check('type/paging.json', paging);
    const data = all
      .slice(from, from + limit)
      .map((entity) => shown(collection, entity, url.searchParams.get('fields')));
    return { data, paging };
  };

  const putBody = (collection: Collection, body: Record<string, unknown>): unknown => {
    check(schemas[collection][0], body);
    if (collection === 'databaseSchemas')
      return put(collection, body, {
        fullyQualifiedName: `${body['database']}.${body['name']}`,
        database: { id: randomUUID(), type: 'database', fullyQualifiedName: body['database'] },
        service: { id: randomUUID(), type: 'databaseService' },
      });
    if (collection === 'tables') {
      const schema = named('databaseSchemas', String(body['databaseSchema']));
      const fullyQualifiedName = `${body['databaseSchema']}.${body['name']}`;
      return put(collection, body, {
        fullyQualifiedName,
        databaseSchema: reference('databaseSchema', schema),
      });
    }
    if (collection === 'glossaries') return put(collection, body, { fullyQualifiedName: body['name'] });
    const glossary = named('glossaries', String(body['glossary']));
    return put(collection, body, {
      fullyQualifiedName: `${body['glossary']}.${body['name']}`,
      glossary: reference('glossary', glossary),
    });
  };

  const importContract = (url: URL, text: string): unknown => {
    const odcs = parse(text);
    check('entity/datacontract/odcs/odcsDataContract.json', odcs);
    const table = withId('tables', url.searchParams.get('entityId') ?? '');
    const { name, ...values } = importOdcs(odcs, url.searchParams.get('objectName'));
    const fullyQualifiedName = `${table.fullyQualifiedName}.dataContract_${name}`;
    return put('dataContracts', values, { name, fullyQualifiedName, entity: reference('table', table) });
  };

  const patch = (
    collection: Collection,
    id: string,
    operations: readonly { op: string; path: string; value?: unknown }[],
  ) => {
    const entity = { ...withId(collection, id) };
    for (const { op, path, value } of operations) {
      const [, key = '', ...rest] = path.split('/');
      if (op !== 'add' || rest.length > 0)
        throw new Refused(400, `this double only adds members of an entity: ${op} ${path}`);
      entity[key] = value;
    }
    check(schemas[collection][1], entity);
    return put(collection, entity, { fullyQualifiedName: entity.fullyQualifiedName });
  };

  const answer = (method: string, url: URL, body: string): unknown => {
    const [collection = '', ...rest] = url.pathname
      .replace('/api/v1/', '')
      .split('/')
      .map(decodeURIComponent);
    const route = `${method} ${[collection, ...rest.map((part, index) => (rest[index - 1] === 'name' || /^[0-9a-f-]{36}$/.test(part) ? '*' : part))].join('/')}`;
    const [first = '', second = ''] = rest;
    const of = collection as Collection;
    switch (route) {
      case 'GET dataContracts':
        return list(of, url, () => true);
      case 'GET glossaryTerms':
        return list(of, url, () => true);
      case 'GET tables':
        return list(of, url, ({ fullyQualifiedName }) =>
          fullyQualifiedName.startsWith(`${url.searchParams.get('database')}.`),
        );
      case 'GET tables/name/*':
      case 'GET glossaryTerms/name/*':
        return shown(of, named(of, second), url.searchParams.get('fields'));
      case 'PUT databaseSchemas':
      case 'PUT tables':
      case 'PUT glossaries':
      case 'PUT glossaryTerms': {
        const entity = putBody(of, JSON.parse(body)) as Entity;
        check(schemas[of][1], entity);
        return entity;
      }
      case 'PATCH tables/*':
      case 'PATCH glossaryTerms/*':
        return patch(of, first, JSON.parse(body));
      case 'PUT dataContracts/odcs/yaml': {
        const entity = importContract(url, body);
        check(schemas.dataContracts[1], entity);
        return entity;
      }
      case 'GET dataContracts/*/odcs/yaml': {
        const contract = withId('dataContracts', first);
        const odcs = exportOdcs(contract, withId('tables', (contract['entity'] as Entity).id));
        check('entity/datacontract/odcs/odcsDataContract.json', odcs);
        return stringify(odcs);
      }
      case 'PUT lineage': {
        const edge = JSON.parse(body);
        check('api/lineage/addLineage.json', edge);
        for (const end of [edge.edge.fromEntity, edge.edge.toEntity]) withId('tables', end.id);
        state.edges.push(edge);
        return {};
      }
      default:
        throw new Refused(404, `HTTP 404 Not Found: ${route}`);
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? '', 'http://double');
    state.requests.push(`${request.method} ${url.pathname}`);
    if (misbehaviour) return misbehaviour(response);
    const reply = (status: number, value: unknown): void => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      response
        .writeHead(status, {
          'content-type': typeof value === 'string' ? 'application/yaml' : 'application/json',
        })
        .end(text);
    };
    if (request.headers.authorization !== `Bearer ${token}`)
      return reply(401, { code: 401, message: 'Token not valid' });
    const type = request.headers['content-type'];
    const wanted =
      request.method === 'PATCH'
        ? 'application/json-patch+json'
        : url.pathname.endsWith('/yaml')
          ? 'application/yaml'
          : 'application/json';
    try {
      if (request.method !== 'GET' && type !== wanted)
        throw new Refused(415, `HTTP 415 Unsupported Media Type: ${type}`);
      reply(200, answer(request.method ?? '', url, Buffer.concat(chunks).toString('utf8')));
    } catch (error) {
      const status = error instanceof Refused ? error.status : 400;
      const message = error instanceof Error ? error.message : String(error);
      if (status !== 404) state.complaints.push(`${request.method} ${request.url}: ${message}`);
      reply(status, { code: status, message });
    }
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    token,
    entities,
    misbehave: (given: ((response: ServerResponse) => void) | undefined) => {
      misbehaviour = given;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
