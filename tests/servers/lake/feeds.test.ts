import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTestLake, type Row } from './support/open-test-lake.ts';

const feeds = resolve('../shared/data/feeds');
const isThere = existsSync(feeds);
if (!isThere) console.warn('skipped: the public feeds are not there (../shared/data/feeds)');

const openFeeds = () => openTestLake({}, { roots: [feeds] });

describe.skipIf(!isThere)('public feeds', () => {
  test.each([
    ['Product.csv', 25, 504],
    ['ProductVendor.csv', 11, 460],
    ['Vendor.csv', 8, 104],
    ['ProductCategory.csv', 4, 4],
    ['ProductModel.csv', 6, 128],
  ])('AdventureWorks %s: no header, %i columns, %i rows, none rejected', async (name, width, rows) => {
    const lake = await openFeeds();
    const path = `adventureworks-mit/${name}`;
    expect(await lake.call('inspect_file', { path })).toMatchObject({
      column_count: width,
      record_count: rows,
      dialect: { header: false },
    });
    const columns = Array.from({ length: width }, (_, index) => ({ name: `c${index + 1}`, type: 'VARCHAR' }));
    await lake.call('create_table', { table: 'product_raw.aw', columns });
    expect(await lake.call('ingest', { path, table: 'product_raw.aw', vendor_name: 'aw' })).toMatchObject({
      rows_read: rows,
      rows_loaded: rows,
      rows_rejected: 0,
    });
  });

  test('DummyJSON: nested fields by path', async () => {
    const lake = await openFeeds();
    const path = 'dummyjson-mit/products.json';
    const truth = JSON.parse(readFileSync(resolve(feeds, path), 'utf8')) as { price: number }[];
    const columns = [
      { name: 'id', type: 'INTEGER' },
      { name: 'price', type: 'DECIMAL(10,2)' },
      { name: 'width', type: 'DOUBLE' },
      { name: 'tags', type: 'VARCHAR[]' },
      { name: 'created_at', type: 'TIMESTAMP' },
    ];
    await lake.call('create_table', { table: 'product_raw.dummy', columns, primary_key: ['id'] });
    const mapping = { width: 'dimensions.width', created_at: 'meta.createdAt' };
    const load = { path, table: 'product_raw.dummy', vendor_name: 'd', options: { columns: mapping } };
    expect(await lake.call('ingest', load)).toMatchObject({
      rows_read: truth.length,
      rows_loaded: truth.length,
    });
    const cents = truth.reduce((sum, { price }) => sum + Math.round(price * 100), 0);
    expect(
      await lake.rows('SELECT sum(price) * 100 AS cents, count(width) AS widths FROM product_raw.dummy'),
    ).toEqual([{ cents, widths: truth.length }]);
  });

  test('Saleor: one kind out of a list of many', async () => {
    const lake = await openFeeds();
    const path = 'saleor-bsd3/populatedb_data.json';
    const all = JSON.parse(readFileSync(resolve(feeds, path), 'utf8')) as { model: string }[];
    const wanted = all.filter(({ model }) => model === 'product.product').length;
    const { notes } = await lake.call('inspect_file', { path });
    expect((notes as string[]).at(-1)).toContain(`product.product (${wanted})`);
    const options = {
      record_filter: { path: 'model', equals: 'product.product' },
      columns: { name: 'fields.name', id: 'pk' },
    };
    await lake.call('create_table', {
      table: 'product_raw.saleor',
      columns: [
        { name: 'id', type: 'INTEGER' },
        { name: 'name', type: 'TEXT', nullable: false },
      ],
      primary_key: ['id'],
    });
    expect(
      await lake.call('ingest', { path, table: 'product_raw.saleor', vendor_name: 's', options }),
    ).toMatchObject({
      rows_read: wanted,
      rows_loaded: wanted,
    });
  });

  test('Best Buy: 4,000 nested categories', async () => {
    const lake = await openFeeds();
    const path = 'bestbuy-cc0/categories.json';
    const truth = JSON.parse(readFileSync(resolve(feeds, path), 'utf8')) as Row[];
    expect(await lake.call('profile_file', { path })).toMatchObject({
      rows: truth.length,
      candidate_keys: expect.arrayContaining(['id']),
    });
  });
});
