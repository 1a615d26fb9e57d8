import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import {
  appendRows,
  createTable,
  type RestFront,
  SqliteCatalog,
  serveRest,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { hasOpenApi, openApiCheck } from './support/metadata-schema.ts';
import { warehouseOfTest } from './support/test-warehouse.ts';

async function frontOfTest(): Promise<RestFront> {
  const lake = await warehouseOfTest();
  for (const name of ['bronze.prices', 'bronze.errors']) {
    await lake.create(name, { columns: [{ name: 'id', type: 'int' }] });
  }
  const odd = { namespace: ['gold', 'de ü'], name: 'a/b' };
  await createTable(lake, { table: odd, columns: [{ name: 'id', type: 'int' }] });
  await appendRows(lake, { table: tableName('bronze.prices'), select: 'SELECT 1 AS id' });
  const catalog = new SqliteCatalog({ file: `${lake.folder}/catalog.sqlite`, name: 'lake', readOnly: true });
  const front = await serveRest({ catalog, port: 0 });
  onTestFinished(async () => {
    await front.close();
    catalog.close();
  });
  return front;
}

test.runIf(hasOpenApi).each([
  ['/v1/config', 'CatalogConfig', { overrides: {} }],
  ['/v1/namespaces', 'ListNamespacesResponse', { namespaces: [['bronze'], ['gold']] }],
  ['/v1/namespaces?parent=gold', 'ListNamespacesResponse', { namespaces: [['gold', 'de ü']] }],
  ['/v1/namespaces?parent=bronze', 'ListNamespacesResponse', { namespaces: [] }],
  ['/v1/namespaces/bronze', 'GetNamespaceResponse', { namespace: ['bronze'] }],
  ['/v1/namespaces/gold%1Fde%20%C3%BC', 'GetNamespaceResponse', { namespace: ['gold', 'de ü'] }],
  [
    '/v1/namespaces/bronze/tables',
    'ListTablesResponse',
    {
      identifiers: [
        { namespace: ['bronze'], name: 'errors' },
        { namespace: ['bronze'], name: 'prices' },
      ],
    },
  ],
  ['/v1/namespaces/bronze/tables/prices', 'LoadTableResult', { metadata: { 'format-version': 2 } }],
  [
    '/v1/namespaces/gold%1Fde%20%C3%BC/tables/a%2Fb',
    'LoadTableResult',
    { metadata: { 'last-column-id': 1 } },
  ],
])('GET %s answers a valid %s', async (path, schema, expected) => {
  const front = await frontOfTest();
  const response = await fetch(front.url + path);
  const body = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  openApiCheck(schema)(body);
  expect(body).toMatchObject(expected);
});

test.runIf(hasOpenApi).each([
  ['GET', '/v1/namespaces/none', 404, 'NoSuchNamespaceException'],
  ['GET', '/v1/namespaces/none/tables', 404, 'NoSuchNamespaceException'],
  ['GET', '/v1/namespaces?parent=none', 404, 'NoSuchNamespaceException'],
  ['GET', '/v1/namespaces/bronze/tables/none', 404, 'NoSuchTableException'],
  ['GET', '/v2/config', 404, 'NotFoundException'],
  ['GET', '/v1/namespaces/%ZZ', 400, 'BadRequestException'],
  ['POST', '/v1/namespaces', 406, 'UnsupportedOperationException'],
  ['POST', '/v1/namespaces/bronze/tables/prices', 406, 'UnsupportedOperationException'],
  ['DELETE', '/v1/namespaces/bronze/tables/prices', 406, 'UnsupportedOperationException'],
])('%s %s is refused with %i %s', async (method, path, status, type) => {
  const front = await frontOfTest();
  const response = await fetch(front.url + path, { method });
  const body = (await response.json()) as { error: { type: string; code: number } };
  openApiCheck('IcebergErrorResponse')(body);
  expect([response.status, body.error.code, body.error.type]).toEqual([status, status, type]);
});

test.each([
  ['/v1/namespaces/bronze', 204],
  ['/v1/namespaces/none', 404],
  ['/v1/namespaces/bronze/tables/prices', 204],
  ['/v1/namespaces/bronze/tables/none', 404],
])('HEAD %s answers %i', async (path, status) => {
  const front = await frontOfTest();
  expect((await fetch(front.url + path, { method: 'HEAD' })).status).toBe(status);
});

test('a page on another host name cannot read the catalog through the browser', async () => {
  const front = await frontOfTest();
  const status = await new Promise((resolve, reject) => {
    const asked = request(`${front.url}/v1/config`, { headers: { host: 'evil.example' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.once('error', reject).end();
  });
  expect(status).toBe(403);
});
