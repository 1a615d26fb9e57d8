import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generateVendors } from '../../../data/generate-vendors.ts';
import { type Entry, type Feed, fateCount, faults } from '../../../data/generator/feed.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { answerProductDatamart } from '../../support/product-datamart-script.ts';
import { answerPublicFeeds, publicFeedsTruth } from '../../support/public-feeds-script.ts';
import { type Answer, runDatamart } from './run-datamart.ts';

const { feeds } = generateVendors();
const vendorOf = (feed: Feed): string => feed.file.split('_')[0] ?? '';
const publicFolder = '../shared/data/feeds';

describe('data/vendors', () => {
  test('the tables hold what data/README.md says, to the row and to the cent', async () => {
    await runDatamart(
      { answer: answerProductDatamart, roots: ['data/vendors'] },
      async ({ result, rows }) => {
        const ledger = result.steps['ledger']?.response as unknown as { sources: JsonObject[] }[];
        const sources = ledger.flatMap((table) => table.sources);
        const account = await rows(
          'SELECT vendor_id, count(*) AS published FROM product_core.product GROUP BY vendor_id',
        );
        for (const feed of feeds) {
          const rejected = fateCount(feed, 'rejected');
          expect(sources.find(({ file }) => file === feed.file)).toMatchObject({
            rows_read: feed.records,
            rows_rejected: rejected,
            rows_loaded: feed.records - rejected,
          });
          expect(account).toContainEqual({
            vendor_id: vendorOf(feed),
            published: fateCount(feed, 'published'),
          });
        }
        for (const feed of feeds)
          expect(await products(rows, feed), feed.file).toEqual(expectedProducts(feed));
        for (const feed of feeds) expect(await reasons(rows, feed), feed.file).toEqual(expectedReasons(feed));
        expect(await rows('SELECT count(*) AS n FROM product_raw.ingest_errors')).toEqual([{ n: 22 }]);
        expect(result.response).toMatchObject({
          status: 'published',
          rows_read: 359,
          rows_rejected: 22,
          rows_published: 304,
          rows_set_aside: 33,
        });
      },
    );
  });

  test('two runs ask the models the same, to the byte, wherever the lake is', async () => {
    const asked: string[] = [];
    for (const _ of [1, 2]) {
      await runDatamart({ answer: answerProductDatamart, roots: ['data/vendors'] }, async ({ requests }) => {
        const text = JSON.stringify([...requests].sort(([a], [b]) => (a < b ? -1 : 1)));
        expect(text).not.toContain(process.cwd());
        asked.push(text);
      });
    }
    expect(asked[0]).toBe(asked[1]);
  });

  test.each([
    ['breaks a rule of the contract', "WHEN price <= 0 THEN 'price_not_positive'", '', 'price_positive'],
    ['loses rows', 'FROM ranked', 'FROM ranked WHERE recency = 1', 'every_row_accounted_for'],
  ])('a mapping that %s publishes nothing', async (_, sound, broken, rule) => {
    const answer = spoiltMapping(sound, broken);
    await runDatamart({ answer, roots: ['data/vendors'] }, async ({ result, rows }) => {
      expect(result.steps['publish']?.stopReason).toBe('skipped');
      expect(await rows('SELECT count(*) AS n FROM product_core.product')).toEqual([{ n: 0 }]);
      expect(result.response).toMatchObject({
        status: 'blocked',
        headline: `Nothing was published: ${rule} failed.`,
      });
    });
  });
});

test.skipIf(!existsSync(publicFolder))(
  'the same workflow takes public feeds that nobody wrote for it (skipped without ../shared/data/feeds)',
  async () => {
    const roots = ['adventureworks-mit', 'dummyjson-mit'].map((name) => `${publicFolder}/${name}`);
    await runDatamart({ answer: answerPublicFeeds, roots }, async ({ result, rows }) => {
      const account = await rows(
        'SELECT source_table, loaded, published, set_aside FROM product_core.load_account',
      );
      expect(account).toEqual(
        Object.entries(publicFeedsTruth).map(([source_table, counts]) => ({ source_table, ...counts })),
      );
      expect(result.response).toMatchObject({ status: 'published', rows_published: 498 });
      expect(await rows("SELECT category FROM product_core.product WHERE vendor_sku = 'BK-R89B-52'")).toEqual(
        [{ category: 'bicycle' }],
      );
    });
  },
);

/** The first mapping that holds the sound SQL answers with the broken one. */
function spoiltMapping(sound: string, broken: string): Answer {
  return (request, position) => {
    const message = answerProductDatamart(request, position);
    if (!position.startsWith('mapping[1]/m3')) return message;
    const [part] = message.parts;
    if (part?.type !== 'text' || !part.text.includes(sound))
      throw new Error('The mapping has nothing to spoil.');
    return { role: 'assistant', parts: [{ type: 'text', text: part.text.replace(sound, broken) }] };
  };
}

type Rows = (sql: string) => Promise<JsonObject[]>;

function products(rows: Rows, feed: Feed): Promise<JsonObject[]> {
  return rows(
    `SELECT vendor_sku, name, price, gtin, weight_kg FROM product_core.product WHERE vendor_id = '${vendorOf(feed)}' ORDER BY vendor_sku`,
  );
}

function expectedProducts(feed: Feed): JsonObject[] {
  return feed.entries
    .filter(({ fault }) => fault === undefined || faults[fault].fate === 'published')
    .map(({ product, fault }) => ({
      vendor_sku: product.sku,
      name: product.name,
      price: product.priceCents / 100,
      gtin: fault === 'bad_gtin' ? null : product.gtin,
      weight_kg: weightKg(feed, product),
    }))
    .sort((a, b) => (a.vendor_sku < b.vendor_sku ? -1 : 1));
}

/** Pinegate's numbers are ounces or tenths of pounds, by the place of the record; the others' are grams. */
function weightKg(feed: Feed, product: Entry['product']): number {
  if (vendorOf(feed) !== 'pinegate') return product.grams / 1000;
  const place = feed.entries.findIndex((entry) => entry.product === product);
  const kilograms = place % 3 === 0 ? product.grams * 0.028349523125 : (product.grams / 10) * 0.45359237;
  return Math.round(kilograms * 1000) / 1000;
}

const reasonOf: Record<string, string> = {
  superseded: 'superseded',
  missing_name: 'name_missing',
  price_missing: 'price_missing',
  price_text: 'price_unreadable',
  price_negative: 'price_not_positive',
};

function expectedReasons(feed: Feed): JsonObject[] {
  return [...feed.faults]
    .flatMap(([fault, n]) => (reasonOf[fault] === undefined ? [] : [{ reason: reasonOf[fault], n }]))
    .sort((a, b) => (a.reason < b.reason ? -1 : 1));
}

function reasons(rows: Rows, feed: Feed): Promise<JsonObject[]> {
  return rows(
    `SELECT reason, count(*) AS n FROM product_core.product_exception WHERE vendor_id = '${vendorOf(feed)}' GROUP BY reason ORDER BY reason`,
  );
}
