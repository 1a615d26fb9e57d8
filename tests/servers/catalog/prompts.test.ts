import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateVendors } from '../../../data/generate-vendors.ts';
import { loadCatalog } from '../../../src/servers/catalog/load-catalog.ts';

const files = [...readdirSync('prompts').map((name) => `prompts/${name}`), 'workflows/product-datamart.yaml'];

test.each(files)(
  '%s holds no business rule: no currency, rate, unit factor, category or vendor',
  async (file) => {
    const text = readFileSync(file, 'utf8').toLowerCase();
    const words = await businessWords();
    expect(words.length).toBeGreaterThan(80);
    expect(
      words.filter((word) =>
        new RegExp(`(?<![\\p{L}\\p{N}])${literal(word)}(?![\\p{L}\\p{N}])`, 'u').test(text),
      ),
    ).toEqual([]);
  },
);

/** Codes, factors and terms from the policies' tables, and the vendors' names. */
async function businessWords(): Promise<string[]> {
  const { policies } = await loadCatalog({ contracts: 'contracts' });
  const topics = policies.filter(({ id }) => ['currency', 'categories', 'units'].includes(id));
  const rows = topics.flatMap(({ tables = {} }) => Object.values(tables).flat());
  const cells = rows.flatMap((row) => Object.values(row).flat().map(String));
  const vendors = generateVendors().feeds.flatMap(({ vendor, file }) => [
    vendor,
    vendor.split(' ')[0] ?? vendor,
    file,
  ]);
  // Words that are also plain English or SQL say nothing about a business.
  const plain = new Set([
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
