import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openChangeBook } from '../../../src/servers/catalog/changes/change-book.ts';
import { acmeContract, acmeMapping } from './support/acme-feed.ts';
import { type CatalogCalls, callCatalog } from './support/call-catalog.ts';

let folder: string;
let catalog: CatalogCalls;
const args = () => [
  ...['--contracts', join(folder, 'contracts'), '--feeds', join(folder, 'feeds')],
  ...['--database', join(folder, 'catalog.sqlite')],
];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'catalog-feeds-'));
  cpSync('contracts', join(folder, 'contracts'), { recursive: true });
  rmSync(join(folder, 'contracts/feeds'), { recursive: true, force: true });
  catalog = await callCatalog(...args());
});
afterEach(async () => {
  await catalog.close();
  rmSync(folder, { recursive: true });
});
const files = () => (existsSync(join(folder, 'feeds')) ? readdirSync(join(folder, 'feeds')).sort() : []);

test('a feed is registered once, as a draft, and then found by its files', async () => {
  const registered = await catalog.ask('register_feed', { contract: acmeContract(), mapping: acmeMapping() });
  expect(registered).toMatchObject({
    id: 'acme_prices',
    version: '1.0.0',
    status: 'draft',
    contract: 'acme_prices@1.0.0',
    table: 'acme_raw.prices',
    vendor_name: 'Acme GmbH',
    options: { delimiter: ';', columns: { sku: 'Artikel', price: 'Preis' } },
    primary_key: ['sku'],
    mapping: { id: 'acme_prices-mapping', version: '1.0.0' },
  });
  expect(files()).toEqual(['acme_prices.mapping.yaml', 'acme_prices.odcs.yaml']);
  expect(await catalog.ask('list_feeds')).toEqual({ feeds: [registered] });
  const matched = await catalog.ask('match_feeds', {
    files: [{ path: 'in/acme_2.csv', bytes: 7 }, 'acme_1.csv', 'other.csv', 'acme_1.csv.bak'],
  });
  expect(matched).toEqual({
    files: ['in/acme_2.csv', 'acme_1.csv'].map((path) => ({
      path,
      feed: 'acme_prices',
      table: 'acme_raw.prices',
      vendor_name: 'Acme GmbH',
      options: registered['options'],
    })),
    feeds: [{ ...registered, files: ['in/acme_2.csv', 'acme_1.csv'] }],
    unknown: ['other.csv', 'acme_1.csv.bak'],
    ambiguous: [],
  });
  expect(await catalog.ask('get_contract', { id: 'acme_prices' })).toMatchObject({ version: '1.0.0' });
});

test('the same again is the same answer and writes nothing; whatever status was given, it is a draft', async () => {
  const feed = { contract: acmeContract({ status: 'active' }), mapping: acmeMapping() };
  const first = await catalog.ask('register_feed', feed, 'run-1/register');
  const written = readFileSync(join(folder, 'feeds/acme_prices.odcs.yaml'));
  expect(await catalog.ask('register_feed', feed, 'run-2/register')).toEqual(first);
  expect(first['status']).toBe('draft');
  expect(readFileSync(join(folder, 'feeds/acme_prices.odcs.yaml')).equals(written)).toBe(true);
  const book = openChangeBook(join(folder, 'catalog.sqlite'));
  expect(book.originOf({ kind: 'contract', id: 'acme_prices', version: '1.0.0' })).toMatchObject({
    how: 'registered',
    digest: first['digest'],
    origin: { run: 'run-1', call: 'run-1/register' },
  });
  book.close();
});

test('a mapping may come after its contract', async () => {
  await catalog.ask('register_feed', { contract: acmeContract() });
  const later = await catalog.ask('register_feed', { contract: acmeContract(), mapping: acmeMapping() });
  expect(later).toMatchObject({ mapping: { id: 'acme_prices-mapping' } });
  expect(files()).toEqual(['acme_prices.mapping.yaml', 'acme_prices.odcs.yaml']);
});

const withFeed = (value: Record<string, unknown>) =>
  acmeContract({ customProperties: [{ property: 'feed', value: value as never }] });
const goodFeed = { pattern: 'acme_*.csv', vendor_name: 'Acme' };
test.each([
  ['no feed', acmeContract({ customProperties: [] }), 'says nothing of a feed'],
  [
    'a pattern that could hold up the server',
    withFeed({ ...goodFeed, pattern: '{1..9999999}.csv' }),
    'holds "{"',
  ],
  ['an unknown option', withFeed({ ...goodFeed, options: { delimeter: ';' } }), 'delimeter'],
  ['an id that climbs', acmeContract({ id: '../product' }), '"id" is not valid'],
  ['an id with a slash', acmeContract({ id: 'acme/prices' }), '"id" is not valid'],
  ['an id with quotes and SQL', acmeContract({ id: `x'; DROP TABLE proposals; --` }), '"id" is not valid'],
  ['an id in another script', acmeContract({ id: 'прайс' }), '"id" is not valid'],
  ['an id with a NUL', acmeContract({ id: 'a\u0000b' }), '"id" is not valid'],
  ['an id that is longer than a file name', acmeContract({ id: 'a'.repeat(300) }), '"id" is not valid'],
  [
    'an id in capitals, one file with another on some machines',
    acmeContract({ id: 'Acme' }),
    'cannot be the id of a feed',
  ],
  ['an id with -, which no table has', acmeContract({ id: 'acme-prices' }), 'cannot be the id of a feed'],
  ['an id of dots', acmeContract({ id: 'a..b' }), 'cannot be the id of a feed'],
  ["an id that is a contract's", acmeContract({ id: 'product' }), 'registered already'],
  ['a table that is not there', { ...acmeContract(), schema: [] }, 'schema'],
  ['a huge document', acmeContract({ name: 'x'.repeat(2_100_000) }), 'larger than 2 MB'],
])('%s is refused and leaves nothing behind', async (_, contract, words) => {
  expect(await catalog.refusal('register_feed', { contract })).toContain(words);
  expect(files()).toEqual([]);
});

test.each([
  ['of another feed', { source: { contract: 'product', table: 'product_core.product' } }, 'and not the feed'],
  [
    'to a table that is not there',
    { target: { contract: 'product', table: 'product_core.none' } },
    'does not have',
  ],
  ['to a contract that is not there', { target: { contract: 'produkt', table: 'a.b' } }, 'there is none'],
])('a mapping %s is refused together with its contract', async (_, changes, words) => {
  const feed = { contract: acmeContract(), mapping: acmeMapping(changes) };
  expect(await catalog.refusal('register_feed', feed)).toContain(words);
  expect(files()).toEqual([]);
});

test('another text under a known id is refused with the way to change it', async () => {
  await catalog.ask('register_feed', { contract: acmeContract() });
  const other = acmeContract({ name: 'Prices' });
  expect(await catalog.refusal('register_feed', { contract: other })).toMatch(
    /registered already.*propose_change/s,
  );
});

test('two feeds cannot take the same pattern, and a file that two patterns take is given to neither', async () => {
  await catalog.ask('register_feed', { contract: acmeContract() });
  const second = (pattern: string) =>
    ({ ...withFeed({ ...goodFeed, pattern }), id: 'acme_more' }) as Record<string, unknown>;
  expect(await catalog.refusal('register_feed', { contract: second('acme_*.csv') })).toContain(
    'both take the files',
  );
  await catalog.ask('register_feed', { contract: second('acme_1*') });
  expect(await catalog.ask('match_feeds', { files: ['acme_1.csv', 'acme_2.csv'] })).toMatchObject({
    files: [{ path: 'acme_2.csv', feed: 'acme_prices' }],
    ambiguous: [{ path: 'acme_1.csv', feeds: ['acme_more', 'acme_prices'] }],
    unknown: [],
  });
});

test.each([
  [{ sheet: 'DE' }, { sheet: 'FR' }, true],
  [{ record_path: '/a' }, { record_path: 'b' }, true],
  [{ record_element: 'a/p' }, { record_element: 'b/p' }, true],
  [{ record_filter: { path: 'k', equals: 1 } }, { record_filter: { path: 'k', equals: 2 } }, true],
  [{ sheet: 'DE' }, { sheet: 'DE' }, false],
  [{ sheet: 'DE' }, {}, false],
  [{ record_path: '/a' }, { record_path: 'a/' }, false],
  [{ record_filter: { path: 'k', equals: 1 } }, { record_filter: { path: 'k', equals: '1' } }, false],
  [{ record_filter: { path: 'k', equals: 1 } }, {}, false],
])('feeds of one file, %j and %j: each takes its own part is %s', async (first, second, areParts) => {
  const feed = (id: string, options: object) =>
    ({ ...withFeed({ ...goodFeed, pattern: 'acme_*.xlsx', options }), id }) as Record<string, unknown>;
  await catalog.ask('register_feed', { contract: feed('acme_de', first) });
  const contract = feed('acme_fr', second);
  if (!areParts) {
    expect(await catalog.refusal('register_feed', { contract })).toContain('both take the files');
    return;
  }
  await catalog.ask('register_feed', { contract });
  expect(await catalog.ask('match_feeds', { files: ['acme_1.xlsx'] })).toMatchObject({
    files: [
      { path: 'acme_1.xlsx', feed: 'acme_de', options: first },
      { path: 'acme_1.xlsx', feed: 'acme_fr', options: second },
    ],
    feeds: [
      { id: 'acme_de', files: ['acme_1.xlsx'] },
      { id: 'acme_fr', files: ['acme_1.xlsx'] },
    ],
    ambiguous: [],
    unknown: [],
  });
});

test('processes that register the same feed at once leave one', async () => {
  const others = await Promise.all([1, 2, 3].map(() => callCatalog(...args())));
  const feed = { contract: acmeContract(), mapping: acmeMapping() };
  const answers = await Promise.all([catalog, ...others].map((one) => one.ask('register_feed', feed)));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  expect(files()).toEqual(['acme_prices.mapping.yaml', 'acme_prices.odcs.yaml']);
  await Promise.all(others.map((one) => one.close()));
});

test('a document that is changed while the server runs is served as it is now', async () => {
  const file = join(folder, 'contracts/policies/units.yaml');
  const before = (await catalog.ask('get_policies', { topic: 'units' })) as {
    policies: { digest: string }[];
  };
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^version: .*$/m, 'version: 9.0.1'));
  const after = (await catalog.ask('get_policies', { topic: 'units' })) as {
    policies: { version: string; digest: string }[];
  };
  expect(after.policies[0]?.version).toBe('9.0.1');
  expect(after.policies[0]?.digest).not.toBe(before.policies[0]?.digest);
});

test('a file that breaks while the server runs is told at its place, and nothing is served until it is mended', async () => {
  const file = join(folder, 'contracts/policies/units.yaml');
  const sound = readFileSync(file, 'utf8');
  await catalog.ask('get_policies');
  writeFileSync(file, `${sound}tabels: {}\n`);
  const line = sound.split('\n').length;
  for (const tool of ['get_policies', 'list_contracts', 'list_feeds'])
    expect(await catalog.refusal(tool)).toContain(`units.yaml:${line}:1`);
  writeFileSync(file, sound);
  await catalog.ask('get_policies');
});

test('a feed whose YAML is broken stops the start of a server, at its place', async () => {
  await catalog.ask('register_feed', { contract: acmeContract() });
  expect(files()).toEqual(['acme_prices.odcs.yaml']);
  writeFileSync(join(folder, 'feeds/acme_prices.odcs.yaml'), 'apiVersion: v3.1.0\nid: [');
  await expect(callCatalog(...args())).rejects.toThrow();
  expect(await catalog.refusal('list_feeds')).toMatch(/acme_prices\.odcs\.yaml:2:\d+/);
});
