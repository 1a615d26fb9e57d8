import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pathOf } from '../../../../src/servers/lake/iceberg/files/locations.ts';
import {
  appendRows,
  loadTable,
  SqliteCatalog,
  serveRest,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { hasOpenApi, openApiCheck } from './support/metadata-schema.ts';
import { appendOfClient, type Json, type RestClient, restClient } from './support/rest-client.ts';
import { sorted, type TestWarehouse, temporaryFolder, warehouseOfTest } from './support/test-warehouse.ts';

async function frontOfTest(): Promise<RestClient & { lake: TestWarehouse; url: string }> {
  const lake = await warehouseOfTest();
  await lake.create('gold.t', {
    columns: [
      { name: 'id', type: 'int' },
      { name: 'v', type: 'string' },
    ],
  });
  const catalog = new SqliteCatalog({ file: `${lake.folder}/catalog.sqlite`, name: 'lake', readOnly: true });
  const front = await serveRest({
    catalog,
    folder: lake.folder,
    port: 0,
    token: 's3cret',
    writes: {
      warehouse: lake,
      closed: ({ name }) => (name === 'closed' ? 'This one is closed.' : undefined),
      isReserved: (key) => key.startsWith('own.'),
      sign: (client) => ({ 'own.client': client ?? '' }),
    },
  });
  onTestFinished(async () => {
    await front.close();
    catalog.close();
  });
  return { ...restClient(front.url), lake, url: front.url };
}

const column = (id: number, name: string, type: unknown = 'int', required = false) => ({
  id,
  name,
  type,
  required,
});
const schemaOf = (...fields: object[]) => ({
  type: 'struct',
  fields,
  'schema-id': 0,
  'identifier-field-ids': [],
});
// As PyIceberg sends it.
const creation = {
  name: 'prices',
  location: null,
  schema: schemaOf(
    column(1, 'id', 'long'),
    column(2, 'vendor', 'string'),
    column(3, 'price', 'decimal(10, 2)'),
  ),
  'partition-spec': {
    'spec-id': 0,
    fields: [{ 'source-id': 2, 'field-id': 1000, name: 'vendor', transform: 'identity' }],
  },
  'write-order': { 'order-id': 0, fields: [] },
  'stage-create': false,
  properties: { owner: 'me', 'format-version': '2' },
};

test.runIf(hasOpenApi)('a table is made, filled and read by the same catalog', async () => {
  const { ask, commit, metadata, lake } = await frontOfTest();
  expect((await ask('GET', '/config')).body['endpoints']).toContain(
    'POST /v1/{prefix}/namespaces/{namespace}/tables/{table}',
  );
  const made = await ask('POST', '/namespaces', { namespace: ['new'], properties: {} });
  openApiCheck('CreateNamespaceResponse')(made.body);
  const table = await ask('POST', '/namespaces/new/tables', creation);
  expect(table.status, table.text).toBe(200);
  openApiCheck('LoadTableResult')(table.body);
  const before = await metadata('new.prices');
  expect(before).toMatchObject({
    'last-column-id': 3,
    'last-partition-id': 1000,
    properties: { owner: 'me' },
  });
  const select = `SELECT 1 AS id, 'a' AS vendor, 1.5 AS price UNION ALL SELECT 2, 'b', 2.5`;
  const committed = await commit('new.prices', await appendOfClient(lake, { metadata: before, select }));
  expect(committed.status, committed.text).toBe(200);
  openApiCheck('CommitTableResponse')(committed.body);
  expect(await lake.rows('new.prices', { where: { column: 'vendor', is: '=', value: 'b' } })).toMatchObject([
    { id: '2' },
  ]);
  await appendRows(lake, { table: tableName('new.prices'), select: `SELECT 3 AS id, 'a' AS vendor` });
  const snapshots = (await metadata('new.prices')).snapshots;
  expect(snapshots.map(({ summary }) => summary['own.client'])).toEqual(['PyIceberg/0.12.0', undefined]);
});

test('of two writers that saw the same table one is told of the conflict, and its retry comes in', async () => {
  const { commit, metadata, lake } = await frontOfTest();
  const seen = await metadata('gold.t');
  const first = await appendOfClient(lake, { metadata: seen, select: 'SELECT 1 AS id' });
  const second = await appendOfClient(lake, { metadata: seen, select: 'SELECT 2 AS id' });
  const answers = await Promise.all([commit('gold.t', first), commit('gold.t', second)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  const refused = answers.find(({ status }) => status === 409);
  expect(refused?.body).toMatchObject({ error: { type: 'CommitFailedException', code: 409 } });
  const again = await appendOfClient(lake, { metadata: await metadata('gold.t'), select: 'SELECT 3 AS id' });
  expect((await commit('gold.t', again)).status).toBe(200);
  expect(await lake.rows('gold.t')).toHaveLength(2);
});

test('a writer of ours that comes in between is a conflict as well', async () => {
  const { commit, metadata, lake } = await frontOfTest();
  const append = await appendOfClient(lake, { metadata: await metadata('gold.t'), select: 'SELECT 1 AS id' });
  await appendRows(lake, { table: tableName('gold.t'), select: 'SELECT 2 AS id' });
  // Without its requirements too: the number of the snapshot is taken.
  for (const requirements of [append.requirements, []]) {
    const { status } = await commit('gold.t', { ...append, requirements });
    expect(status).toBe(409);
  }
  expect(await lake.rows('gold.t')).toMatchObject([{ id: 2 }]);
});

test('columns, partitions, order, properties, tags and snapshots are changed as they are asked for', async () => {
  const { commit, metadata, lake } = await frontOfTest();
  await appendRows(lake, { table: tableName('gold.t'), select: `SELECT 1 AS id, 'a' AS v` });
  const first = (await metadata('gold.t'))['current-snapshot-id'];
  await appendRows(lake, { table: tableName('gold.t'), select: `SELECT 2 AS id, 'b' AS v` });
  const second = (await metadata('gold.t'))['current-snapshot-id'];
  const changed = await commit('gold.t', {
    requirements: [
      { type: 'assert-current-schema-id', 'current-schema-id': 0 },
      { type: 'assert-last-assigned-field-id', 'last-assigned-field-id': 2 },
      { type: 'assert-last-assigned-partition-id', 'last-assigned-partition-id': 999 },
      { type: 'assert-default-spec-id', 'default-spec-id': 0 },
      { type: 'assert-default-sort-order-id', 'default-sort-order-id': 0 },
    ],
    updates: [
      { action: 'upgrade-format-version', 'format-version': 2 },
      {
        action: 'add-schema',
        schema: schemaOf(column(1, 'key', 'long'), column(2, 'v', 'string'), column(3, 'n', 'double')),
      },
      { action: 'set-current-schema', 'schema-id': -1 },
      {
        action: 'add-spec',
        spec: { fields: [{ 'source-id': 1, 'field-id': 1000, name: 'b', transform: 'bucket[4]' }] },
      },
      { action: 'set-default-spec', 'spec-id': -1 },
      {
        action: 'add-sort-order',
        'sort-order': {
          'order-id': 1,
          fields: [{ 'source-id': 1, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' }],
        },
      },
      { action: 'set-default-sort-order', 'sort-order-id': -1 },
      { action: 'set-properties', updates: { owner: 'me', gone: 'x' } },
      { action: 'remove-properties', removals: ['gone'] },
      { action: 'set-snapshot-ref', 'ref-name': 'kept', type: 'tag', 'snapshot-id': first },
      { action: 'set-snapshot-ref', 'ref-name': 'brief', type: 'tag', 'snapshot-id': first },
      { action: 'remove-snapshot-ref', 'ref-name': 'brief' },
    ],
  });
  expect(changed.status, changed.text).toBe(200);
  expect(await metadata('gold.t')).toMatchObject({
    'current-schema-id': 1,
    'default-spec-id': 1,
    'default-sort-order-id': 1,
    'last-column-id': 3,
    'last-partition-id': 1000,
    properties: expect.objectContaining({ owner: 'me' }),
    refs: { main: { 'snapshot-id': second }, kept: { type: 'tag', 'snapshot-id': first } },
  });
  expect(sorted(await lake.rows('gold.t'))).toMatchObject([{ key: '1', n: null }, { key: '2' }]);
  const remove = { action: 'remove-snapshots', 'snapshot-ids': [Number(first)] };
  expect((await commit('gold.t', { updates: [remove] })).status).toBe(400);
  const both = [{ action: 'remove-snapshot-ref', 'ref-name': 'kept' }, remove];
  expect((await commit('gold.t', { updates: both })).status).toBe(200);
  expect((await metadata('gold.t')).snapshots.map((snapshot) => snapshot['snapshot-id'])).toEqual([second]);
  expect(await lake.rows('gold.t')).toHaveLength(2);
});

const rename = (name: string) => ({ action: 'set-properties', updates: { [name]: 'x' } });
const newSchema = (...fields: object[]) => [
  { action: 'add-schema', schema: schemaOf(...fields) },
  { action: 'set-current-schema', 'schema-id': -1 },
];
const addSpec = (field: object) => ({ action: 'add-spec', spec: { fields: [field] } });

// Each comes behind a change that could be made: nothing of it may stay.
test.each<[string, Json[], number, string]>([
  [
    'an unknown update',
    [{ action: 'set-statistics', 'snapshot-id': 1 }],
    400,
    'No matching discriminator|Invalid',
  ],
  ['another version', [{ action: 'upgrade-format-version', 'format-version': 3 }], 400, 'version'],
  ['another UUID', [{ action: 'assign-uuid', uuid: '11111111-1111-4111-8111-111111111111' }], 400, 'UUID'],
  ['another place', [{ action: 'set-location', location: 'file:///tmp/elsewhere' }], 400, 'location'],
  ['a reserved property', [rename('own.contract')], 403, 'own.contract'],
  ['an unknown schema', [{ action: 'set-current-schema', 'schema-id': 7 }], 400, 'no schema 7'],
  ['-1 without an addition', [{ action: 'set-default-spec', 'spec-id': -1 }], 400, 'added last'],
  ['an unknown spec', [{ action: 'set-default-spec', 'spec-id': 7 }], 400, 'no partition spec 7'],
  ['an unknown order', [{ action: 'set-default-sort-order', 'sort-order-id': 7 }], 400, 'no sort order 7'],
  [
    'a narrower column',
    newSchema(column(1, 'id', 'string'), column(2, 'v', 'string')),
    400,
    'cannot become string',
  ],
  ['an id that was used', newSchema(column(1, 'id'), column(0, 'w')), 400, 'used before'],
  ['a new required column', newSchema(column(1, 'id'), column(3, 'w', 'int', true)), 400, 'new and required'],
  ['a column that becomes required', newSchema(column(1, 'id', 'int', true)), 400, 'becomes required'],
  ['two columns of one name', newSchema(column(1, 'id'), column(3, 'ID')), 400, 'two columns named'],
  ['a type of version 3', newSchema(column(1, 'id'), column(3, 'w', 'timestamp_ns')), 400, 'no type'],
  ['a default value', newSchema({ ...column(3, 'w'), 'initial-default': 5 }), 400, 'version 3'],
  [
    'an unknown transform',
    [addSpec({ 'source-id': 1, name: 'p', transform: 'zorder' })],
    400,
    'no transform',
  ],
  [
    'a transform of another type',
    [addSpec({ 'source-id': 1, name: 'p', transform: 'day' })],
    400,
    'cannot be partitioned',
  ],
  [
    'a column that is not there',
    [addSpec({ 'source-id': 9, name: 'p', transform: 'identity' })],
    400,
    'not there',
  ],
  [
    'a tag of an unknown snapshot',
    [{ action: 'set-snapshot-ref', 'ref-name': 'x', type: 'tag', 'snapshot-id': 9 }],
    400,
    'the table has none',
  ],
  ['no main', [{ action: 'remove-snapshot-ref', 'ref-name': 'main' }], 400, 'cannot be removed'],
])('%s is refused, and nothing of the rest is done', async (_what, updates, status, said) => {
  const { commit, metadata, lake } = await frontOfTest();
  await appendRows(lake, { table: tableName('gold.t'), select: `SELECT 1 AS id, 'a' AS v` });
  const before = await loadTable(lake, tableName('gold.t'));
  const answer = await commit('gold.t', { updates: [rename('harmless'), ...updates] });
  expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(said)]);
  if (hasOpenApi) openApiCheck('IcebergErrorResponse')(answer.body);
  expect((await loadTable(lake, tableName('gold.t'))).location).toBe(before.location);
  expect((await metadata('gold.t')).properties['harmless']).toBeUndefined();
});

test.each<[Json, number]>([
  [{ type: 'assert-create' }, 409],
  [{ type: 'assert-table-uuid', uuid: 'other' }, 409],
  [{ type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': 5 }, 409],
  [{ type: 'assert-ref-snapshot-id', ref: 'none', 'snapshot-id': 5 }, 409],
  [{ type: 'assert-current-schema-id', 'current-schema-id': 1 }, 409],
  [{ type: 'assert-last-assigned-field-id', 'last-assigned-field-id': 1 }, 409],
  [{ type: 'assert-last-assigned-partition-id', 'last-assigned-partition-id': 1 }, 409],
  [{ type: 'assert-default-spec-id', 'default-spec-id': 1 }, 409],
  [{ type: 'assert-default-sort-order-id', 'default-sort-order-id': 1 }, 409],
  [{ type: 'assert-weather' }, 400],
  [{}, 400],
])('%j is not the case: %i', async (requirement, status) => {
  const { commit, metadata } = await frontOfTest();
  const answer = await commit('gold.t', { requirements: [requirement], updates: [rename('p')] });
  expect(answer.status, answer.text).toBe(status);
  expect((await metadata('gold.t')).properties['p']).toBeUndefined();
});

test.each<[string, Json, string]>([
  ['a list elsewhere', { 'manifest-list': 'file:///etc/hostname' }, 'outside of the table'],
  [
    'a list that climbs out',
    { 'manifest-list': '<folder>/metadata/../../../../x.avro' },
    'outside of the table',
  ],
  ['a list that is not there', { 'manifest-list': '<folder>/metadata/none.avro' }, 'is not there'],
  ['a list on another machine', { 'manifest-list': 's3://bucket/x.avro' }, 'not on this machine'],
  ['a list that is none', { 'manifest-list': '<folder>/metadata/v1.metadata.json' }, ''],
  ['a wrong total', { summary: { operation: 'append', 'total-records': '7' } }, 'says 7 rows'],
  ['an unknown operation', { summary: { operation: 'magic' } }, 'operation'],
  ['an unknown schema', { 'schema-id': 9 }, 'no schema 9'],
])('a snapshot with %s is refused', async (_what, snapshot, said) => {
  const { commit, metadata, lake } = await frontOfTest();
  const before = await metadata('gold.t');
  const given = JSON.parse(JSON.stringify(snapshot).replaceAll('<folder>', before.location)) as Json;
  const append = await appendOfClient(lake, { metadata: before, select: 'SELECT 1 AS id', snapshot: given });
  const answer = await commit('gold.t', append);
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(said)]);
  expect(await lake.rows('gold.t')).toEqual([]);
});

test('a reserved key in the summary of a snapshot is refused', async () => {
  const { commit, metadata, lake } = await frontOfTest();
  const summary = { operation: 'append', 'own.run': 'run-1' };
  const of = { metadata: await metadata('gold.t'), select: 'SELECT 1 AS id', snapshot: { summary } };
  expect((await commit('gold.t', await appendOfClient(lake, of))).status).toBe(403);
});

test.each<[string, (path: string) => void]>([
  ['cut off', (path) => truncateSync(path, 100)],
  ['gone', (path) => rmSync(path)],
  [
    'links to another place',
    (path) => {
      const elsewhere = join(temporaryFolder(), 'rows.parquet');
      cpSync(path, elsewhere);
      rmSync(path);
      symlinkSync(elsewhere, path);
    },
  ],
])('files of rows that are %s are refused', async (_what, damage) => {
  const { commit, metadata, lake } = await frontOfTest();
  const before = await metadata('gold.t');
  const append = await appendOfClient(lake, { metadata: before, select: 'SELECT 1 AS id' });
  const data = join(pathOf(before.location), 'data');
  for (const name of readdirSync(data)) damage(join(data, name));
  const answer = await commit('gold.t', append);
  expect(answer.status, answer.text).toBe(400);
  expect(await lake.rows('gold.t')).toEqual([]);
});

test('a staged table is there when it is committed, whole', async () => {
  const { ask, commit, lake } = await frontOfTest();
  const staged = await ask('POST', '/namespaces/gold/tables', { ...creation, 'stage-create': true });
  expect(staged.body).toMatchObject({ 'metadata-location': null });
  expect((await ask('GET', '/namespaces/gold/tables/prices')).status).toBe(404);
  const metadata = staged.body['metadata'] as Parameters<typeof appendOfClient>[1]['metadata'];
  for (const part of ['data', 'metadata'])
    mkdirSync(join(pathOf(metadata.location), part), { recursive: true });
  const append = await appendOfClient(lake, { metadata, select: `SELECT 1 AS id, 'a' AS vendor` });
  const updates = (location: string): Json[] => [
    { action: 'assign-uuid', uuid: metadata['table-uuid'] },
    { action: 'upgrade-format-version', 'format-version': 2 },
    { action: 'add-schema', schema: metadata.schemas[0] },
    { action: 'set-current-schema', 'schema-id': -1 },
    { action: 'add-spec', spec: metadata['partition-specs'][0] },
    { action: 'set-default-spec', 'spec-id': -1 },
    { action: 'add-sort-order', 'sort-order': { 'order-id': 0, fields: [] } },
    { action: 'set-default-sort-order', 'sort-order-id': -1 },
    { action: 'set-location', location },
    { action: 'set-properties', updates: metadata.properties },
    ...append.updates,
  ];
  const requirements = [{ type: 'assert-create' }];
  const other = (await loadTable(lake, tableName('gold.t'))).metadata.location;
  for (const location of [
    other,
    'file:///tmp/x',
    `${metadata.location}/..`,
    `${lake.folder}/gold/prices`,
    `${lake.folder}/gold/prices-old`,
    `${lake.folder}/gold/prices-/../../../x`,
  ]) {
    const refused = await commit('gold.prices', { requirements, updates: updates(location) });
    expect([location, refused.status]).toEqual([location, 400]);
  }
  const made = await commit('gold.prices', { requirements, updates: updates(metadata.location) });
  expect(made.status, made.text).toBe(200);
  expect(await lake.rows('gold.prices')).toMatchObject([{ id: '1', vendor: 'a' }]);
  expect((await commit('gold.prices', { requirements, updates: updates(metadata.location) })).status).toBe(
    409,
  );
});

test.each<[string, string, unknown, number, string]>([
  ['POST', '/namespaces/gold/tables', { ...creation, name: 't' }, 409, 'AlreadyExistsException'],
  ['POST', '/namespaces/none/tables', creation, 404, 'NoSuchNamespaceException'],
  ['POST', '/namespaces/gold/tables', { ...creation, location: 'file:///tmp/x' }, 400, 'BadRequestException'],
  [
    'POST',
    '/namespaces/gold/tables',
    { ...creation, properties: { 'format-version': '3' } },
    400,
    'BadRequestException',
  ],
  [
    'POST',
    '/namespaces/gold/tables',
    { ...creation, properties: { 'own.x': '' } },
    403,
    'ForbiddenException',
  ],
  ['POST', '/namespaces/gold/tables', { ...creation, name: 'closed' }, 403, 'ForbiddenException'],
  ['POST', '/namespaces/gold/tables', { name: 'x' }, 400, 'BadRequestException'],
  ['POST', '/namespaces/gold/tables', '{ half', 400, 'BadRequestException'],
  ['POST', '/namespaces/gold/tables/none', { requirements: [], updates: [] }, 404, 'NoSuchTableException'],
  ['POST', '/namespaces/gold/tables/closed', { requirements: [], updates: [] }, 403, 'ForbiddenException'],
  ['DELETE', '/namespaces/gold/tables/closed', undefined, 403, 'ForbiddenException'],
  ['DELETE', '/namespaces/gold/tables/none', undefined, 404, 'NoSuchTableException'],
  ['DELETE', '/namespaces/gold/tables/t?purgeRequested=True', undefined, 400, 'BadRequestException'],
  ['DELETE', '/namespaces/gold', undefined, 409, 'NamespaceNotEmptyException'],
  ['DELETE', '/namespaces/none', undefined, 404, 'NoSuchNamespaceException'],
  ['POST', '/namespaces', { namespace: ['gold'] }, 409, 'AlreadyExistsException'],
  ['POST', '/namespaces', { namespace: ['a.b'] }, 400, 'BadRequestException'],
  ['POST', '/namespaces/gold/properties', { updates: {} }, 404, 'NotFoundException'],
  ['PUT', '/namespaces/gold/tables/t', undefined, 406, 'UnsupportedOperationException'],
  ['POST', '/transactions/commit', {}, 404, 'NotFoundException'],
])('%s %s %j is refused: %i %s', async (method, path, body, status, type) => {
  const { refusal, lake } = await frontOfTest();
  const before = await loadTable(lake, tableName('gold.t'));
  expect((await refusal(method, path, body)).slice(0, 2)).toEqual([status, type]);
  expect((await loadTable(lake, tableName('gold.t'))).location).toBe(before.location);
  expect(lake.catalog.listTables(['gold'])).toHaveLength(1);
});

test('a table that is dropped keeps its files, and an empty namespace goes', async () => {
  const { ask, lake } = await frontOfTest();
  const { metadata } = await loadTable(lake, tableName('gold.t'));
  expect((await ask('DELETE', '/namespaces/gold/tables/t?purgeRequested=False')).status).toBe(204);
  expect(existsSync(join(pathOf(metadata.location), 'metadata', 'v1.metadata.json'))).toBe(true);
  expect((await ask('DELETE', '/namespaces/gold')).status).toBe(204);
  expect((await ask('GET', '/namespaces')).body['namespaces']).toEqual([]);
});

test('who does not send the token changes nothing', async () => {
  const { url, lake } = await frontOfTest();
  const stranger = restClient(url, 'wrong');
  expect((await stranger.ask('POST', '/namespaces', { namespace: ['x'] })).status).toBe(401);
  expect((await stranger.ask('DELETE', '/namespaces/gold/tables/t')).status).toBe(401);
  expect(lake.catalog.listTables(['gold'])).toHaveLength(1);
});

test('a request that is too large is refused', async () => {
  const { ask } = await frontOfTest();
  const answer = await ask('POST', '/namespaces', `{"namespace":["${'x'.repeat(17 * 1024 ** 2)}"]}`);
  expect(answer.status).toBe(413);
});
