import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { publish } from '../../../src/cli/catalog/publish.ts';
import { openChangeBook } from '../../../src/servers/catalog/changes/change-book.ts';
import { acceptChange } from '../../../src/servers/catalog/changes/decide-change.ts';
import { loadCatalog } from '../../../src/servers/catalog/load-catalog.ts';
import { openMetadataServer } from '../../../src/servers/catalog/open-catalog.ts';
import { putLineage } from '../../../src/servers/catalog/openmetadata/put-lineage.ts';
import { acmeContract, acmeMapping } from './support/acme-feed.ts';
import { type CatalogCalls, callCatalog } from './support/call-catalog.ts';
import { type OpenMetadataDouble, startOpenMetadataDouble } from './support/openmetadata-double.ts';
import { hasSchemas } from './support/openmetadata-schemas.ts';

const place = {
  service: 'lake',
  database: 'lake',
  policyGlossary: 'BusinessPolicies',
  tokenEnv: 'OPENMETADATA_JWT',
};
const serverOf = (double: OpenMetadataDouble, token = double.token) =>
  openMetadataServer({ url: double.url, ...place }, { OPENMETADATA_JWT: token });

/** The example's own documents on the double. */
async function publishExample(double: OpenMetadataDouble): Promise<void> {
  const { backend } = serverOf(double);
  for (const { kind, value } of (await loadCatalog({ contracts: 'contracts', feeds: 'no feeds' })).documents)
    if (kind !== 'mapping') await backend.publish(kind, value);
}

if (!hasSchemas)
  console.warn(
    'skipped: the catalog on OpenMetadata (its JSON schemas are not there: ../shared/data/specs/openmetadata)',
  );

describe.skipIf(!hasSchemas)(
  'a catalog on a double of OpenMetadata that checks with its JSON schemas (skipped without ../shared/data/specs/openmetadata)',
  () => {
    let double: OpenMetadataDouble;
    let folder: string;
    let files: CatalogCalls;
    let server: CatalogCalls;
    const changes = () => join(folder, 'om.sqlite');
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'catalog-om-'));
      double = await startOpenMetadataDouble();
      await publishExample(double);
      process.env['OPENMETADATA_JWT'] = double.token;
      [files, server] = await Promise.all([
        callCatalog(
          '--contracts',
          'contracts',
          '--feeds',
          join(folder, 'feeds'),
          '--database',
          join(folder, 'files.sqlite'),
        ),
        callCatalog('--openmetadata', double.url, '--database', changes()),
      ]);
    });
    afterAll(async () => {
      await Promise.all([files?.close(), server?.close()]);
      await double.close();
      rmSync(folder, { recursive: true });
    });
    afterEach(() => {
      double.misbehave(undefined);
      expect(double.complaints.splice(0)).toEqual([]);
    });

    const patch = [
      { op: 'replace', path: '/schema/product/properties/price/description', value: 'What the vendor asks.' },
    ];
    const raise = { op: 'replace', path: '/version', value: '99.0.0' };
    test.each<[string, Record<string, unknown>]>([
      ['get_product_model', {}],
      ['get_product_model', { table: 'product_core.staging' }],
      ['list_contracts', {}],
      ['get_contract', { id: 'product-exception' }],
      ['get_document', { id: 'product' }],
      ['get_document', { kind: 'policy', id: 'currency' }],
      ['search_terms', { query: 'Artikelnummer' }],
      ['get_policies', {}],
      ['get_policies', { topic: 'units' }],
      ['list_feeds', {}],
      ['register_feed', { contract: acmeContract() }],
      ['register_feed', { contract: acmeContract(), mapping: acmeMapping() }],
      ['register_feed', { contract: acmeContract(), mapping: acmeMapping() }],
      ['list_feeds', {}],
      ['match_feeds', { files: ['acme_1.csv', 'other.csv'] }],
      ['get_contract', { id: 'acme_prices' }],
      ['get_document', { kind: 'mapping', id: 'acme_prices-mapping' }],
      ['propose_change', { id: 'product', patch: [...patch, raise], reason: 'clearer' }],
      [
        'propose_change',
        { id: 'acme_prices', document: acmeContract({ version: '1.0.1', name: 'Acme' }), reason: 'name' },
      ],
      ['list_changes', {}],
      ['list_changes', { state: 'accepted' }],
    ])('%s %j is answered as from files', async (name, args) => {
      expect(await server.ask(name, args)).toEqual(await files.ask(name, args));
    });

    test.each<[string, Record<string, unknown>]>([
      ['get_contract', { id: 'produkt' }],
      ['get_policies', { topic: 'curency' }],
      ['register_feed', { contract: acmeContract({ name: 'other' }) }],
      ['propose_change', { id: 'product', patch, reason: 'x' }],
    ])('%s %j is refused as from files', async (name, args) => {
      expect(await server.refusal(name, args)).toBe(await files.refusal(name, args));
    });

    test('what was accepted is in force on the server, and what people see of it there too', async () => {
      const { backend } = serverOf(double);
      const book = openChangeBook(changes());
      for (const { id } of book.list())
        await acceptChange({ backend, book, nowMs: 5 }, { changeId: id, by: 'ada' });
      book.close();
      expect(await server.ask('get_product_model')).toMatchObject({ version: '99.0.0' });
      const { feeds } = (await server.ask('list_feeds')) as { feeds: unknown[] };
      expect(feeds).toMatchObject([{ version: '1.0.1', mapping: { id: 'acme_prices-mapping' } }]);
      const table = [...double.entities.tables.values()].find(({ name }) => name === 'product');
      expect(table).toMatchObject({
        fullyQualifiedName: 'lake.lake.product_core.product',
        tableConstraints: [{ constraintType: 'PRIMARY_KEY', columns: ['product_id'] }],
      });
      expect(table?.['columns']).toContainEqual(
        expect.objectContaining({
          name: 'price',
          dataType: 'DECIMAL',
          precision: 12,
          scale: 2,
          description: 'What the vendor asks.',
        }),
      );
    });

    test('a changed policy is patched, and its words for people with it', async () => {
      const wish = { kind: 'policy', id: 'units', reason: 'x' };
      const asked = await server.ask('propose_change', {
        ...wish,
        patch: [{ op: 'replace', path: '/title', value: 'Weights' }, raise],
      });
      const book = openChangeBook(changes());
      await acceptChange(
        { backend: serverOf(double).backend, book, nowMs: 5 },
        { changeId: String(asked['change']), by: 'ada' },
      );
      book.close();
      expect(await server.ask('get_policies', { topic: 'units' })).toMatchObject({
        policies: [{ version: '99.0.0', title: 'Weights' }],
      });
      expect(
        [...double.entities.glossaryTerms.values()].find(({ name }) => name === 'units')?.['displayName'],
      ).toBe('Weights');
      expect(double.requests).toContain(
        'PATCH /api/v1/glossaryTerms/'.concat(
          [...double.entities.glossaryTerms.values()].find(({ name }) => name === 'units')?.id ?? '',
        ),
      );
    });

    test('a contract that somebody made in OpenMetadata is read through its ODCS export and its table', async () => {
      const table = [...double.entities.tables.values()].find(({ name }) => name === 'product_exception');
      expect(table).toBeDefined();
      if (!table) return;
      const { extension, ...native } = table;
      double.entities.tables.set(table.id, native as never);
      const shown = await server.ask('get_contract', { id: 'product-exception' });
      const before = await files.ask('get_contract', { id: 'product-exception' });
      const [theirs, ours] = [shown, before].map((one) => (one['tables'] as Record<string, unknown>[])[0]);
      expect(theirs?.['table']).toBe(ours?.['table']);
      expect(theirs?.['primary_key']).toEqual(ours?.['primary_key']);
      expect(theirs?.['definition_columns']).toEqual(ours?.['definition_columns']);
      expect(shown['version']).toMatch(/^0\.\d+\.0$/);
      double.entities.tables.set(table.id, { ...native, extension } as never);
    });

    test('synonyms of a glossary term that a column is tagged with are found by search_terms', async () => {
      const { client } = serverOf(double);
      const { z } = await import('zod');
      await client.send(
        { method: 'PUT', path: '/glossaries', body: { name: 'Trade', description: 'Words of the trade.' } },
        z.unknown(),
      );
      await client.send(
        {
          method: 'PUT',
          path: '/glossaryTerms',
          body: {
            glossary: 'Trade',
            name: 'Farbton',
            description: 'Its colour.',
            synonyms: ['koloryt'],
            references: [{ name: 'x', endpoint: 'https://example.org/hue' }],
          },
        },
        z.unknown(),
      );
      expect(await server.ask('search_terms', { query: 'koloryt' })).toMatchObject({ hits: [] });
      const table = [...double.entities.tables.values()].find(({ name }) => name === 'product');
      const columns = ((table?.['columns'] ?? []) as Record<string, unknown>[]).map((column) =>
        column['name'] === 'color'
          ? {
              ...column,
              tags: [
                { tagFQN: 'Trade.Farbton', source: 'Glossary', labelType: 'Manual', state: 'Confirmed' },
              ],
            }
          : column,
      );
      double.entities.tables.set(table?.id ?? '', { ...table, columns } as never);
      expect(await server.ask('search_terms', { query: 'koloryt' })).toMatchObject({
        hits: [{ column: 'color', matched: ['synonym'] }],
      });
      const { hits } = (await server.ask('search_terms', { query: 'koloryt' })) as {
        hits: { terms: string[] }[];
      };
      expect(hits[0]?.terms).toContain('https://example.org/hue');
    });

    test('lineage goes to the server, table and column', async () => {
      const { client, places } = serverOf(double);
      const columns = [{ from: ['sku'], to: 'vendor_sku', function: 'trim(sku)' }];
      const edge = { from: 'acme_raw.prices', to: 'product_core.product', sql: 'SELECT 1', columns };
      const plain = {
        name: 'acme_core.summary',
        description: 'Made by SQL.',
        columns: [
          { name: 'sku', type: 'VARCHAR', nullable: false, description: 'key' },
          { name: 'price', type: 'DECIMAL(12,2)', nullable: true },
          { name: 'tags', type: 'VARCHAR[]', nullable: true },
          { name: 'shape', type: 'STRUCT("a" INTEGER)', nullable: true },
          { name: 'at', type: 'TIMESTAMP WITH TIME ZONE', nullable: true },
        ],
        primaryKey: ['sku'],
      };
      const tableOf = async (name: string) => (name === plain.name ? plain : undefined);
      await putLineage({ client, places }, { edges: [edge], tableOf });
      expect(double.edges.at(-1)).toMatchObject({
        edge: {
          lineageDetails: {
            sqlQuery: 'SELECT 1',
            columnsLineage: [
              {
                fromColumns: ['lake.lake.acme_raw.prices.sku'],
                toColumn: 'lake.lake.product_core.product.vendor_sku',
              },
            ],
          },
        },
      });
      const audit = { from: ['_vendor_name'], to: 'vendor_name' };
      const others = [
        { ...edge, columns: [...columns, audit] },
        { ...edge, from: 'acme_raw.nothing' },
      ];
      expect(await putLineage({ client, places }, { edges: others, tableOf })).toEqual({
        edges: 1,
        made: [],
        unknown: [
          {
            table: 'acme_raw.nothing',
            why: 'the server does not know it, and the lake has it no more',
          },
        ],
        withoutColumns: ['acme_raw.prices._vendor_name', 'product_core.product.vendor_name'],
      });
      expect(double.edges.at(-1)).toEqual(double.edges.at(-2));

      const further = {
        from: 'product_core.product',
        to: plain.name,
        columns: [{ from: ['vendor_sku'], to: 'sku' }],
      };
      const sent = { edges: 1, unknown: [], withoutColumns: [] };
      expect(await putLineage({ client, places }, { edges: [further], tableOf })).toEqual({
        ...sent,
        made: [plain.name],
      });
      const made = [...double.entities.tables.values()].find(({ name }) => name === 'summary');
      expect(made).toMatchObject({
        fullyQualifiedName: 'lake.lake.acme_core.summary',
        description: 'Made by SQL.',
        tableConstraints: [{ constraintType: 'PRIMARY_KEY', columns: ['sku'] }],
      });
      expect(double.edges.at(-1)).toMatchObject({ edge: { toEntity: { id: made?.id } } });
      expect(await putLineage({ client, places }, { edges: [further], tableOf })).toEqual({
        ...sent,
        made: [],
      });
      const refused = { ...plain, name: 'acme_core.re fused', columns: [{ ...plain.columns[0], name: '' }] };
      expect(
        await putLineage(
          { client, places },
          {
            edges: [{ ...further, to: refused.name }, further],
            tableOf: async () => refused as typeof plain,
          },
        ),
      ).toMatchObject({ edges: 1, unknown: [{ table: refused.name, why: expect.stringContaining('PUT') }] });
      double.complaints.length = 0;
    });

    test('publish fills a server once, and leaves alone what differs', async () => {
      const empty = await startOpenMetadataDouble();
      const { backend } = serverOf(empty);
      const ours = await loadCatalog({ contracts: 'contracts', feeds: join(folder, 'feeds') });
      const { documents } = ours;
      expect(documents.filter(({ kind }) => kind === 'mapping')).toHaveLength(2);
      const outcomes = async () => new Set((await publish(backend, documents)).map(({ outcome }) => outcome));
      expect(await outcomes()).toEqual(new Set(['written']));
      expect(await outcomes()).toEqual(new Set(['same']));
      const digests = ({ documents: all }: typeof ours) =>
        all.map(({ kind, id, digest }) => `${kind} ${id} ${digest}`).sort();
      expect(digests(await backend.read())).toEqual(digests(ours));
      const changed = documents.map((one) => (one.id === 'units' ? { ...one, digest: 'other' } : one));
      const differing = (await publish(backend, changed)).filter(({ outcome }) => outcome === 'differs');
      expect(differing).toMatchObject([{ id: 'units' }]);
      expect(empty.complaints).toEqual([]);
      await empty.close();
    });

    const reply =
      (status: number, text: string, type = 'application/json') =>
      (response: ServerResponse) =>
        void response
          .writeHead(status, {
            'content-type': type,
            ...(status === 302 && { location: 'http://127.0.0.1:9/' }),
          })
          .end(text);
    test.each<[string, (response: ServerResponse) => void, RegExp]>([
      [
        '401',
        reply(401, '{"code":401,"message":"Expired token!"}'),
        /does not accept the token \(401\): Expired token!.*--token-env/s,
      ],
      ['403', reply(403, '{"message":"Principal: not allowed"}'), /does not allow this.*\(403\).*role/s],
      ['404', reply(404, '{"message":"no"}'), /knows no such thing \(404\)/],
      ['500', reply(500, '<html>oops</html>', 'text/html'), /the server failed \(500\): <html>oops/],
      [
        'a page instead of JSON',
        reply(200, '<html>sign in</html>', 'text/html'),
        /answered no JSON: <html>sign in.*address/s,
      ],
      ['JSON of another kind', reply(200, '{"items":[]}'), /answered something else than its API says: data/],
      [
        'an entity without its columns',
        reply(200, '{"data":[{"id":"x","name":"y"}],"paging":{"total":1}}'),
        /something else than its API says/,
      ],
      ['a redirect', reply(302, ''), /redirect/],
      ['a connection that is cut', (response) => response.destroy(), /is the server up/],
      [
        'bytes that are no UTF-8',
        (response) => void response.writeHead(200).end(Buffer.from([0xff, 0xfe])),
        /cannot be read/,
      ],
      [
        'pages without end',
        reply(200, '{"data":[],"paging":{"total":9,"after":"x"}}'),
        /more than 1000 pages/,
      ],
    ])('%s is told with what to do, and without the token', async (_, answer, words) => {
      double.misbehave(answer);
      const text = await server.refusal('list_contracts');
      expect(text).toMatch(words);
      expect(text).not.toContain(double.token);
    });

    test('a server that is silent is given up', async () => {
      double.misbehave(() => undefined);
      const { createClient } = await import('../../../src/servers/catalog/openmetadata/client.ts');
      const { z } = await import('zod');
      const client = createClient({ url: double.url, token: 'x', timeoutMs: 50 });
      await expect(client.find('/tables/name/x', z.unknown())).rejects.toThrow(/no answer in 50 ms/);
    });

    test('a server that is down is told', async () => {
      const { backend } = openMetadataServer(
        { url: 'http://127.0.0.1:9', ...place },
        { OPENMETADATA_JWT: 'x' },
      );
      await expect(backend.read()).rejects.toMatchObject({ code: 'CATALOG_FAILED' });
    });
  },
);

test.each([
  ['http://openmetadata.example.org', 'the token would go in the clear'],
  ['ftp://127.0.0.1', 'another protocol'],
  ['https://ada:secret@example.org', 'a password in the address'],
  ['example.org', 'no scheme'],
])('%s is refused: %s', (url) => {
  const open = () => openMetadataServer({ url, ...place }, { OPENMETADATA_JWT: 'x' });
  expect(open).toThrow(/no address that a token may be sent to/);
  expect(open).not.toThrow(/secret/);
});

test('without its token nothing is asked', () => {
  expect(() => openMetadataServer({ url: 'https://example.org', ...place }, {})).toThrow(
    /OPENMETADATA_JWT.*is not set/,
  );
});
