import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeContainer, encodeContainer } from '../../../../src/servers/lake/iceberg/avro/container.ts';
import { pathOf } from '../../../../src/servers/lake/iceberg/files/locations.ts';
import {
  appendRows,
  createTable,
  loadTable,
  overwriteTable,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import {
  parseMetadataJson,
  printMetadataJson,
} from '../../../../src/servers/lake/iceberg/metadata/metadata-json.ts';
import { readManifestList } from '../../../../src/servers/lake/iceberg/read/live-files.ts';
import { warehouseOfTest } from './support/test-warehouse.ts';

const table = tableName('bronze.prices');
const columns = [
  { name: 'vendor name', type: 'string' },
  { name: 'n', type: 'int' },
] as const;

test('manifests are what the specification asks for', async () => {
  const lake = await warehouseOfTest();
  const partitionedBy = [
    { column: 'vendor name', transform: 'identity' },
    { column: 'n', transform: 'bucket[2]' },
  ];
  await lake.create('bronze.prices', { columns, partitionedBy });
  await appendRows(lake, { table, select: `SELECT 'a' AS "vendor name", 34 AS n` });
  const { state } = await overwriteTable(lake, { table, select: `SELECT NULL AS "vendor name", 1 AS n` });
  const manifests = await readManifestList(state.metadata.snapshots.at(-1));
  const files = manifests.map(({ location }) => decodeContainer(readFileSync(pathOf(location)), location));
  const records = files.flatMap((file) => file.records) as {
    status: number;
    sequence_number: number | null;
    data_file: { partition: unknown };
  }[];
  expect(
    records.map((record) => [record.status, record.sequence_number, record.data_file.partition]),
  ).toEqual([
    [1, null, { vendor_x20name: null, n_bucket: 0 }],
    [2, 1, { vendor_x20name: 'a', n_bucket: 1 }],
  ]);
  expect(JSON.stringify(files[0]!.schema)).toContain('"logicalType":"map"');
  expect(JSON.stringify(files[0]!.schema)).toContain(
    '{"name":"vendor_x20name","type":["null","string"],"default":null,"field-id":1000}',
  );
  expect(Object.fromEntries(files[0]!.metadata)).toMatchObject({
    'format-version': '2',
    'partition-spec-id': '0',
    content: 'data',
    'schema-id': '0',
  });
});

test('Avro files are read back, without records too', () => {
  const schema = {
    type: 'record',
    name: 'r',
    fields: [{ name: 'snapshot_id', type: ['null', 'long'] }],
  } as const;
  const records = [{ snapshot_id: 9223372036854775807n }, { snapshot_id: null }, { snapshot_id: -1n }];
  for (const list of [records, []]) {
    const file = decodeContainer(encodeContainer({ schema, metadata: { key: 'ü' }, records: list }), 'test');
    expect([file.records, file.metadata.get('key')]).toEqual([list, 'ü']);
  }
});

test('a writer that knows the catalog alone and is faster wins, and our commit is made again on top of it', async () => {
  const lake = await warehouseOfTest();
  await createTable(lake, { table, columns });
  await appendRows(lake, { table, select: 'SELECT 1 AS n' });
  const { catalog } = lake;
  let isFirst = true;
  const swap: typeof catalog.swap = (name, change) => {
    if (isFirst) {
      isFirst = false;
      const metadata = parseMetadataJson(readFileSync(pathOf(change.from), 'utf8')) as Record<
        string,
        unknown
      >;
      const own = change.from.replace(/v\d+\.metadata\.json$/, '00009-5e.metadata.json');
      const entry = { 'timestamp-ms': 1, 'metadata-file': change.from };
      const properties = { ...(metadata['properties'] as object), foreign: 'yes' };
      writeFileSync(pathOf(own), printMetadataJson({ ...metadata, properties, 'metadata-log': [entry] }));
      catalog.swap(name, { from: change.from, to: own });
    }
    return catalog.swap(name, change);
  };
  const slow = Object.create(catalog, {
    findLocation: { value: catalog.findLocation.bind(catalog) },
    isReadOnly: { value: false },
    swap: { value: swap },
  });
  await appendRows({ ...lake, catalog: slow }, { table, select: 'SELECT 2 AS n' });
  const state = await loadTable(lake, table);
  expect(state.metadata.properties['foreign']).toBe('yes');
  expect(state.location).toMatch(/v10\.metadata\.json$/);
  expect(existsSync(pathOf(state.location).replace('v10.', 'v3.'))).toBe(false);
  expect((await lake.rows('bronze.prices')).map((row) => row['n']).sort()).toEqual([1, 2]);
});
