import { cpSync, rmSync, truncateSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pathOf } from '../../../../src/servers/lake/iceberg/files/locations.ts';
import {
  appendRows,
  createTable,
  loadTable,
  type RestFront,
  SqliteCatalog,
  serveRest,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { hasOpenApi, openApiCheck } from './support/metadata-schema.ts';
import { type TestWarehouse, temporaryFolder, warehouseOfTest } from './support/test-warehouse.ts';

async function frontOfTest(token?: string): Promise<RestFront & { lake: TestWarehouse }> {
  const lake = await warehouseOfTest();
  for (const name of ['bronze.prices', 'bronze.errors']) {
    await lake.create(name, { columns: [{ name: 'id', type: 'int' }] });
  }
  const odd = { namespace: ['gold', 'de ü'], name: 'a/b' };
  await createTable(lake, { table: odd, columns: [{ name: 'id', type: 'int' }] });
  await appendRows(lake, { table: tableName('bronze.prices'), select: 'SELECT 1 AS id' });
  const catalog = new SqliteCatalog({ file: `${lake.folder}/catalog.sqlite`, name: 'lake', readOnly: true });
  const front = await serveRest({ catalog, folder: lake.folder, port: 0, token });
  onTestFinished(async () => {
    await front.close();
    catalog.close();
  });
  return { ...front, lake };
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
  ['GET', '/v1/namespaces?pageSize=0', 400, 'BadRequestException'],
  ['GET', '/v1/namespaces?pageToken=forged', 400, 'BadRequestException'],
  ['GET', '/v1/namespaces/', 404, 'NotFoundException'],
  ['GET', '//evil.example/v1/config', 404, 'NotFoundException'],
  ['GET', '/v1/namespaces/bronze/views', 404, 'NotFoundException'],
  ['GET', '/v1/namespaces/bronze/tables/prices/metrics', 404, 'NotFoundException'],
  ['GET', "/v1/namespaces/bronze'%20OR%201=1--/tables", 404, 'NoSuchNamespaceException'],
  ['POST', '/v1/namespaces/bronze/tables', 406, 'UnsupportedOperationException'],
  ['POST', '/v1/transactions/commit', 404, 'NotFoundException'],
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

test('bodies that are no JSON, and large ones, are not waited for', async () => {
  const front = await frontOfTest();
  const response = await fetch(`${front.url}/v1/namespaces/bronze/tables/prices`, {
    method: 'POST',
    body: `{ half${'x'.repeat(3_000_000)}`,
  });
  expect(response.status).toBe(406);
  expect(((await response.json()) as { error: { type: string } }).error.type).toBe(
    'UnsupportedOperationException',
  );
});

test.runIf(hasOpenApi)(
  'lists come in pages of the size that is asked for, and whole without a token',
  async () => {
    const { url, lake } = await frontOfTest();
    for (const name of ['Zebra', 'ä', '😀', 'a"b', 'a/b', "o'clock", 'sp ace', 'x%1Fy']) {
      await lake.create(`bronze.${name}`, { columns: [{ name: 'id', type: 'int' }] });
      await lake.create(`n${name}.t`, { columns: [{ name: 'id', type: 'int' }] });
    }
    for (const [path, kind, schema] of [
      ['/v1/namespaces/bronze/tables', 'identifiers', 'ListTablesResponse'],
      ['/v1/namespaces', 'namespaces', 'ListNamespacesResponse'],
    ] as const) {
      const whole = (await (await fetch(`${url}${path}?pageSize=2`)).json()) as Record<string, unknown[]>;
      expect(whole['next-page-token']).toBeNull();
      const pages: unknown[] = [];
      let token: string | null = '';
      while (token !== null) {
        const page = (await (await fetch(`${url}${path}?pageSize=3&pageToken=${token}`)).json()) as Record<
          string,
          unknown
        >;
        openApiCheck(schema)(page);
        expect((page[kind] as unknown[]).length).toBeLessThanOrEqual(3);
        pages.push(...(page[kind] as unknown[]));
        token = page['next-page-token'] as string | null;
      }
      expect(pages).toEqual(whole[kind]);
      expect(pages).toHaveLength(10);
    }
    for (const { name } of (
      (await (await fetch(`${url}/v1/namespaces/bronze/tables`)).json()) as {
        identifiers: { name: string }[];
      }
    ).identifiers) {
      const table = await fetch(`${url}/v1/namespaces/bronze/tables/${encodeURIComponent(name)}`);
      expect([name, table.status]).toEqual([name, 200]);
      openApiCheck('LoadTableResult')(await table.json());
    }
  },
);

test('a table that did not change since is not sent again', async () => {
  const { url, lake } = await frontOfTest();
  const ask = (etag?: string) =>
    fetch(`${url}/v1/namespaces/bronze/tables/prices`, {
      headers: etag === undefined ? {} : { 'if-none-match': etag },
    });
  const first = await ask();
  const etag = first.headers.get('etag') ?? '';
  expect(etag).toMatch(/^".+"$/);
  const again = await ask(etag);
  expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
  await appendRows(lake, { table: tableName('bronze.prices'), select: 'SELECT 2 AS id' });
  expect((await ask(etag)).status).toBe(200);
});

test('the length of an answer is said, and HEAD has that of GET and no body', async () => {
  const { url } = await frontOfTest();
  for (const path of ['/v1/config', '/v1/namespaces', '/v1/namespaces/none/tables']) {
    const got = await fetch(url + path);
    const head = await fetch(url + path, { method: 'HEAD' });
    expect(head.status).toBe(got.status);
    expect(Buffer.byteLength(await got.text())).toBe(Number(got.headers.get('content-length')));
    expect(head.headers.get('content-length')).toBe(got.headers.get('content-length'));
    expect(await head.text()).toBe('');
  }
});

test.runIf(hasOpenApi)('with a token, those who do not send it are told so and nothing else', async () => {
  const { url } = await frontOfTest('s3cret');
  for (const authorization of [undefined, 'Bearer wrong', 's3cret', 'Bearer s3cret2']) {
    const refused = await fetch(`${url}/v1/namespaces`, { headers: authorization ? { authorization } : {} });
    const body = (await refused.json()) as { error: { type: string } };
    openApiCheck('IcebergErrorResponse')(body);
    expect([refused.status, body.error.type]).toEqual([401, 'NotAuthorizedException']);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
  }
  const allowed = await fetch(`${url}/v1/namespaces`, { headers: { authorization: 'Bearer s3cret' } });
  expect(allowed.status).toBe(200);
});

test.each<[string, (path: string) => void]>([
  ['cut off', (path) => truncateSync(path, 100)],
  ['gone', (path) => rmSync(path)],
])('a table whose metadata is %s is an error of the server, not half an answer', async (_what, damage) => {
  const { url, lake } = await frontOfTest();
  damage(pathOf((await loadTable(lake, tableName('bronze.prices'))).location));
  const response = await fetch(`${url}/v1/namespaces/bronze/tables/prices`);
  expect([response.status, ((await response.json()) as { error: { code: number } }).error.code]).toEqual([
    500, 500,
  ]);
  expect((await fetch(`${url}/v1/namespaces/bronze/tables/errors`)).status).toBe(200);
});

test('a warehouse that was copied does not answer with the files of the old one', async () => {
  const { lake } = await frontOfTest();
  const folder = join(temporaryFolder(), 'copy');
  cpSync(lake.folder, folder, { recursive: true });
  const catalog = new SqliteCatalog({ file: join(folder, 'catalog.sqlite'), name: 'lake', readOnly: true });
  const front = await serveRest({ catalog, folder, port: 0 });
  const response = await fetch(`${front.url}/v1/namespaces/bronze/tables/prices`);
  expect(response.status).toBe(500);
  expect(await response.text()).toContain('Relocate the warehouse');
  await front.close();
  catalog.close();
});
