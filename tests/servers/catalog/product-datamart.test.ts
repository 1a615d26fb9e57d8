import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { generateVendors } from '../../../data/generate-vendors.ts';
import { type Entry, type Feed, fateCount, faults } from '../../../data/generator/feed.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { loadCatalog } from '../../../src/servers/catalog/load-catalog.ts';
import { answerDayTwo, answerProductDatamart } from '../../support/product-datamart-script.ts';
import { answerPublicFeeds, publicFeedsTruth } from '../../support/public-feeds-script.ts';
import { type Answer, type DatamartRun, withDatamart } from './run-datamart.ts';

const { feeds, later } = generateVendors();
const vendorOf = (feed: Feed): string => feed.file.split('_')[0] ?? '';
const publicFolder = '../shared/data/feeds';
const roots = ['data/vendors', 'data/day-two'];
const dayTwo = { pattern: 'day-two/**' };

// Each of them is several runs of the whole example, with servers of their own.
vi.setConfig({ testTimeout: 180_000 });

describe('the first day', () => {
  test('the tables hold what data/README.md says, to the row and to the cent', async () => {
    await withDatamart({ roots }, async ({ run, rows }) => {
      const { result } = await run(answerProductDatamart);
      const account = await rows(
        'SELECT vendor_id, count(*) AS published FROM product_core.product GROUP BY vendor_id',
      );
      for (const feed of feeds) {
        expect(loadsOf(result), feed.file).toContainEqual(expect.objectContaining(loadOf(feed, 'vendors')));
        expect(account).toContainEqual({
          vendor_id: vendorOf(feed),
          published: fateCount(feed, 'published'),
        });
      }
      for (const feed of feeds) expect(await products(rows, feed), feed.file).toEqual(expectedProducts(feed));
      for (const feed of feeds) expect(await reasons(rows, feed), feed.file).toEqual(expectedReasons(feed));
      expect(await rows('SELECT count(*) AS n FROM product_raw.ingest_errors')).toEqual([{ n: 22 }]);
      expect(result.response).toMatchObject({
        status: 'published',
        rows_read: 359,
        rows_rejected: 22,
        rows_published: 304,
        rows_set_aside: 33,
        rows_offered: 304 * 4,
        stopped: [],
      });
      await expectOffers(rows);
    });
  });

  test('two agreements that hold at a time offer nothing, and say so; the products are published all the same', async () => {
    const contracts = join(mkdtempSync(join(tmpdir(), 'datamart-contracts-')), 'contracts');
    cpSync('contracts', contracts, { recursive: true });
    const policy = join(contracts, 'policies/discounts.yaml');
    const row = /^ {4}- \{ agreement: pinegate-outdoor,.*$/m.exec(readFileSync(policy, 'utf8'))?.[0] ?? '';
    writeFileSync(policy, `${readFileSync(policy, 'utf8')}${row.replace('-outdoor', '-again')}\n`);
    try {
      await withDatamart({ roots, contracts }, async ({ run, rows }) => {
        const { result } = await run(answerProductDatamart);
        expect(result.response).toMatchObject({
          status: 'published',
          rows_published: 304,
          rows_offered: 0,
          findings: expect.arrayContaining([expect.stringMatching(/^one_offer_per_region: /)]),
        });
        expect(await rows('SELECT count(*) AS n FROM product_core.product_offer')).toEqual([{ n: 0 }]);
      });
    } finally {
      rmSync(join(contracts, '..'), { recursive: true });
    }
  });

  test('two runs ask the models the same, to the byte, wherever the lake is', async () => {
    const asked: string[] = [];
    for (const _ of [1, 2]) {
      await withDatamart({ roots }, async ({ run }) => {
        const { requests } = await run(answerProductDatamart);
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
    await withDatamart({ roots }, async ({ run, rows }) => {
      const { result } = await run(spoiltMapping(sound, broken));
      expect(result.steps['publish']?.stopReason).toBe('skipped');
      expect(await rows('SELECT count(*) AS n FROM product_core.product')).toEqual([{ n: 0 }]);
      expect(result.response).toMatchObject({
        status: 'blocked',
        headline: `Nothing was published: ${rule} failed.`,
      });
    });
  });

  test('the same files on another day load nothing, and ask a model for the report alone', async () => {
    await withDatamart({ roots }, async ({ run, rows }) => {
      await run(answerProductDatamart);
      const before = await rows('SELECT * EXCLUDE (source_line) FROM product_core.product ORDER BY ALL');
      const { result, requests } = await run(answerProductDatamart);
      expect([...requests.keys()]).toEqual(['report/m1']);
      expect(loadsOf(result).map((load) => load['already_ingested'])).toEqual(feeds.map(() => true));
      const after = await rows('SELECT * EXCLUDE (source_line) FROM product_core.product ORDER BY ALL');
      expect(after).toEqual(before);
    });
  });
});

describe('the second day, with nobody there', () => {
  test('known vendors are loaded without a model, a new one by a contract that is written for it, and one that has drifted waits', async () => {
    await withDatamart({ roots }, async ({ run, rows, accept }) => {
      await run(answerProductDatamart);
      const { result, requests } = await run(answerDayTwo, dayTwo);
      const steps = [...requests.keys()].map((position) => position.replace(/(\[\d+\])?\/m\d+$/, ''));
      expect(new Set(steps)).toEqual(new Set(['discover', 'loads[3]/files[0]/heal', 'mapping', 'report']));
      const [drifted] = later.filter((feed) => vendorOf(feed) === 'pinegate');
      if (!drifted) throw new Error('The second day has no drifted feed.');
      for (const feed of later.filter((one) => one !== drifted))
        expect(loadsOf(result), feed.file).toContainEqual(expect.objectContaining(loadOf(feed, 'day-two')));
      const { change } = stoppedOf(result);
      expect(await published(rows)).toEqual(expectedOfDays(later.filter((one) => one !== drifted)));

      await accept(change);
      const healed = await run(answerDayTwo, dayTwo);
      expect([...healed.requests.keys()]).toEqual(['report/m1']);
      expect(loadsOf(healed.result)).toContainEqual(
        expect.objectContaining({ ...loadOf(drifted, 'day-two'), already_ingested: false }),
      );
      expect(await published(rows)).toEqual(expectedOfDays(later));
      expect(
        await rows('SELECT hazmat, count(*) AS n FROM product_raw.pinegate_products GROUP BY ALL ORDER BY n'),
      ).toHaveLength(3);

      // The files of the first day are still there: one of them does not fit the newer contract, and need not.
      const again = await run(answerDayTwo, { pattern: '**/*' });
      expect([...again.requests.keys()]).toEqual(['report/m1']);
      expect(await published(rows)).toEqual(expectedOfDays(later));
    });
  });
});

test.skipIf(!existsSync(publicFolder))(
  'the same workflow takes public feeds that nobody wrote for it (skipped without ../shared/data/feeds)',
  async () => {
    const folders = ['adventureworks-mit', 'dummyjson-mit'].map((name) => `${publicFolder}/${name}`);
    await withDatamart({ roots: folders }, async ({ run, rows }) => {
      const { result } = await run(answerPublicFeeds, { pattern: '**/*' });
      const account = await rows(
        'SELECT source_table, loaded, published, set_aside FROM product_core.load_account ORDER BY source_table',
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

/** What became of each file of a run. */
function loadsOf({ steps }: DatamartRun['result']): JsonObject[] {
  const loads = (steps['loads']?.response ?? []) as unknown as JsonObject[][];
  return loads.flat();
}

function loadOf(feed: Feed, folder: string): JsonObject {
  const rejected = fateCount(feed, 'rejected');
  return {
    file: `${folder}/${feed.file}`,
    rows_read: feed.records,
    rows_rejected: rejected,
    rows_loaded: feed.records - rejected,
  };
}

function stoppedOf({ response }: DatamartRun['result']): { readonly change: string } {
  const { stopped } = response as unknown as { stopped: { feed: string; change: string }[] };
  expect(stopped).toEqual([{ feed: 'pinegate_products', change: expect.stringMatching(/^ch-/) }]);
  return stopped[0] ?? { change: '' };
}

async function published(rows: Rows): Promise<JsonObject[]> {
  return rows(
    'SELECT vendor_id, vendor_sku, name, price FROM product_core.product ORDER BY vendor_id, vendor_sku',
  );
}

/** The newest record of each article decides, and only it: one without a price takes the article out. */
function expectedOfDays(second: readonly Feed[]): JsonObject[] {
  const newest = new Map<string, JsonObject | undefined>();
  for (const feed of [...feeds, ...second])
    for (const { product, fault } of feed.entries) {
      const fate = fault === undefined ? 'published' : faults[fault].fate;
      if (fate === 'rejected' || fate === 'superseded') continue;
      const key = `${vendorOf(feed)}:${product.sku}`;
      const row = { vendor_id: vendorOf(feed), vendor_sku: product.sku };
      newest.set(
        key,
        fate === 'published' ? { ...row, name: product.name, price: product.priceCents / 100 } : undefined,
      );
    }
  const found = [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, row]) => (row ? [row] : []));
  return found.sort((a, b) =>
    `${a['vendor_id']}\u0000${a['vendor_sku']}` < `${b['vendor_id']}\u0000${b['vendor_sku']}` ? -1 : 1,
  );
}

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

/** Each product in each region, at the price that the policies' tables give it, counted here a second time. */
async function expectOffers(rows: Rows): Promise<void> {
  const { policies } = await loadCatalog({ contracts: 'contracts' });
  const table = (id: string, name: string) =>
    policies.find((policy) => policy.id === id)?.tables?.[name] ?? [];
  const rates = new Map(table('currency', 'rates').map(({ currency, rate }) => [currency, Number(rate)]));
  const agreements = table('discounts', 'agreements').filter(({ valid_to }) => valid_to === undefined);
  const discounts = new Map(
    agreements.map(({ vendor_id, category, percent }) => [`${vendor_id} ${category}`, Number(percent)]),
  );
  expect(agreements.length).toBeLessThan(table('discounts', 'agreements').length);
  const seen = new Set<number>();
  for (const { region, currency, language, tax_percent } of table('regions', 'markets')) {
    const offers: JsonObject[] = [];
    // An answer of the tool holds so many bytes: one vendor at a time.
    for (const feed of feeds)
      offers.push(
        ...(await rows(
          `SELECT o.*, p.vendor_id, p.category, p.price_reference FROM product_core.product_offer AS o JOIN product_core.product AS p ON p.product_id = o.product_id WHERE o.region = '${String(region)}' AND p.vendor_id = '${vendorOf(feed)}'`,
        )),
      );
    expect(offers).toHaveLength(304);
    for (const offer of offers) {
      const percent = discounts.get(`${offer['vendor_id']} ${offer['category']}`) ?? 0;
      const list = Number(offer['price_reference']) / (rates.get(currency ?? '') ?? Number.NaN);
      const net = list * (1 - percent / 100);
      expect(offer).toMatchObject({
        language,
        price_currency: currency,
        discount_percent: percent,
        tax_percent,
      });
      expect(Math.abs(Number(offer['price_list']) - list)).toBeLessThan(0.0051);
      expect(Math.abs(Number(offer['price_net']) - net)).toBeLessThan(0.0051);
      expect(Math.abs(Number(offer['price']) - net * (1 + Number(tax_percent) / 100))).toBeLessThan(0.0051);
      seen.add(percent);
    }
  }
  expect([...seen].sort((a, b) => a - b)).toEqual([0, 3.5, 7.5, 12.5]);
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
