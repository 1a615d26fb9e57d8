import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateVendors } from '../../../data/generate-vendors.ts';
import { loadCatalog } from '../../../src/servers/catalog/load-catalog.ts';
import { brennhaus } from '../../support/scripted-feeds/brennhaus-feed.ts';
import {
  copperkettle,
  kurbelwerk,
  lumenhain,
  pinegate,
  verdalia,
} from '../../support/scripted-feeds/vendor-feeds.ts';

const files = [
  ...readdirSync('prompts').map((name) => `prompts/${name}`),
  ...readdirSync('contracts').flatMap((name) =>
    /\.(response|mapping)\.yaml$/.test(name) ? [`contracts/${name}`] : [],
  ),
  ...['product-datamart', 'load-feed', 'load-file', 'publish-mapping'].map(
    (name) => `workflows/${name}.yaml`,
  ),
];
/** Policies whose tables hold what no prompt may know. */
const topics = ['currency', 'categories', 'units', 'discounts', 'regions'];
const scripts = [brennhaus, copperkettle, kurbelwerk, lumenhain, pinegate, verdalia];

test.each(files)(
  '%s holds no business rule: no currency, rate, discount, region, tax, unit factor, category or vendor',
  async (file) => {
    const text = readFileSync(file, 'utf8').toLowerCase();
    const words = await businessWords();
    expect(words.length).toBeGreaterThan(80);
    expect(
      words.filter((word) =>
        new RegExp(`(?<![\\p{L}\\p{N}])${literal(word)}(?![\\p{L}\\p{N}])`, 'u').test(text),
      ),
    ).toEqual([]);
    expect(text.match(/\d\s*(%|per ?cent\b)/g) ?? []).toEqual([]);
  },
);

test.each(scripts)(
  'the mapping of $draft.id joins the policies, and holds no number, code or term of theirs',
  async ({ mapping }) => {
    const { policies } = await loadCatalog({ contracts: 'contracts' });
    const cells = policies
      .filter(({ id }) => [...topics, 'availability'].includes(id))
      .flatMap(({ tables = {} }) => Object.values(tables).flat())
      // Who sends a feed, in which currency and unit, is a fact of the feed; what they are worth is the policy's.
      .flatMap(({ currency: _, unit: __, stock: ___, signs: ____, vendor_id: _____, ...row }) =>
        Object.values(row).flat().map(String),
      );
    const words = [...new Set(cells)].filter(
      (word) => !['0.1', '1', '100'].includes(word) && word.length > 1,
    );
    expect(words.length).toBeGreaterThan(60);
    const literals = [...mapping.sql.matchAll(/'([^']*)'|(?<![\w.])(\d+\.\d+)/g)].map(
      ([, text, number]) => text ?? number,
    );
    expect(words.filter((word) => literals.includes(word))).toEqual([]);
    expect(mapping.sql).toContain('policy.currency_rates');
  },
);

/** Codes, factors and terms from the policies' tables, and the vendors' names. */
async function businessWords(): Promise<string[]> {
  const { policies } = await loadCatalog({ contracts: 'contracts' });
  const rows = policies
    .filter(({ id }) => topics.includes(id))
    .flatMap(({ tables = {} }) => Object.values(tables).flat());
  const cells = rows.flatMap((row) => Object.values(row).flat().map(String));
  const vendors = [...generateVendors().feeds, ...generateVendors().later].flatMap(({ vendor, file }) => [
    vendor,
    vendor.split(' ')[0] ?? vendor,
    file,
  ]);
  // Words that are also plain English or SQL say nothing about a business.
  const plain = new Set([
    '0',
    '1',
    '100',
    '$',
    'm',
    'in',
    'other',
    'wheels',
    'lights',
    'most feeds without a currency come from us vendors',
  ]);
  return [...new Set([...cells, ...vendors].map((word) => word.toLowerCase()))].filter(
    (word) => !plain.has(word),
  );
}

function literal(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
