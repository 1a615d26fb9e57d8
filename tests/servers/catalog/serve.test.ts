import { execFile } from 'node:child_process';
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serverCommand, startCatalog } from './start-catalog.ts';

let client: Client;
beforeAll(async () => {
  client = await startCatalog('--contracts', 'contracts');
});
afterAll(() => client.close());

const call = (name: string, args: Record<string, unknown> = {}) => client.callTool({ name, arguments: args });
const structured = async (name: string, args: Record<string, unknown> = {}) => {
  const { structuredContent, isError } = await call(name, args);
  expect(isError ?? false).toBe(false);
  return structuredContent as Record<string, never>;
};
const textOf = (result: Awaited<ReturnType<typeof call>>): string =>
  result.content.map((part) => (part.type === 'text' ? part.text : '')).join('');

test('the server says who it is', () => {
  expect(client.getServerVersion()?.name).toBe('aiworkflow-catalog');
});

test('every tool says what it does to the catalog and what it answers', async () => {
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).sort()).toEqual([
    'get_contract',
    'get_document',
    'get_policies',
    'get_product_model',
    'list_changes',
    'list_contracts',
    'list_feeds',
    'match_feeds',
    'propose_change',
    'register_feed',
    'register_mapping',
    'search_terms',
  ]);
  for (const tool of tools) {
    const writes = ['register_feed', 'register_mapping', 'propose_change'].includes(tool.name);
    expect(tool.annotations, tool.name).toMatchObject({ readOnlyHint: !writes, idempotentHint: true });
    expect(tool.outputSchema?.['type'], tool.name).toBe('object');
  }
});

test.each([
  ['get_product_model', {}],
  ['get_contract', { id: 'product-exception' }],
  ['list_contracts', {}],
  ['search_terms', { query: 'price' }],
  ['get_policies', { topic: 'units' }],
])('%s gives its answer twice, as data and as compact JSON text, and the same again', async (name, args) => {
  const first = await call(name, args);
  expect(textOf(first)).toBe(JSON.stringify(first.structuredContent));
  expect(await call(name, args)).toEqual(first);
  expect(textOf(first)).not.toContain(process.cwd());
});

test('the product model has types, definitions, terms and the version of its contract', async () => {
  const model = (await structured('get_product_model')) as unknown as {
    version: string;
    table: string;
    primary_key: string[];
    columns: { name: string; type: string; required: boolean; terms: string[]; synonyms: string[] }[];
  };
  expect(model.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(model.table).toBe('product_core.product');
  expect(model.primary_key).toEqual(['product_id']);
  expect(model.columns.length).toBeGreaterThanOrEqual(20);
  expect(model.columns.find(({ name }) => name === 'price')).toMatchObject({
    type: 'DECIMAL(12,2)',
    required: true,
    terms: ['https://schema.org/price', 'https://ref.gs1.org/voc/price'],
  });
});

test('the rules of a staging table name that table and no other', async () => {
  const model = await structured('get_product_model', { table: 'product_core.staging' });
  const text = JSON.stringify(model['rules']);
  expect(text).toContain('product_core.staging');
  expect(text).not.toContain('product_core.product ');
  expect(text).not.toContain('${');
});

test('the rules of any contract of one table can be had for a staging table', async () => {
  const { tables } = (await structured('get_contract', {
    id: 'product-offer',
    table: 'product_stage.offers',
  })) as unknown as { tables: { table: string; rules: { name: string; query?: string }[] }[] };
  expect(tables[0]?.table).toBe('product_stage.offers');
  const rule = tables[0]?.rules.find(({ name }) => name === 'every_product_in_every_region');
  expect(rule?.query).toContain('FROM product_stage.offers');
  expect(rule?.query).not.toContain('product_core.product_offer');
});

test('required columns and keys are rules even when no rule is written for them', async () => {
  const { rules } = (await structured('get_product_model')) as unknown as {
    rules: { name: string; metric?: string; column?: string }[];
  };
  expect(rules).toContainEqual({
    name: 'category_required',
    metric: 'nullValues',
    column: 'category',
    mustBe: 0,
    on_failure: 'fail',
  });
  expect(rules.filter(({ metric, column }) => metric === 'nullValues' && column === 'name')).toHaveLength(1);
  expect(rules.filter(({ metric }) => metric === 'duplicateValues')).toHaveLength(1);
});

test('rules that only warn are kept apart from those that block', async () => {
  const model = (await structured('get_product_model')) as unknown as Record<string, { name: string }[]>;
  expect(model['warning_rules']?.map(({ name }) => name)).toEqual(['gtin_known']);
  expect(model['rules']?.map(({ name }) => name)).not.toContain('gtin_known');
});

test.each([
  ['Artikelnummer', 'vendor_sku'],
  ['EAN', 'gtin'],
  ['priceCurrency', 'price_currency'],
  ['Farbe', 'color'],
  ['qty on hand', 'stock_quantity'],
])('search_terms finds for %s the column %s first', async (query, column) => {
  const { hits } = (await structured('search_terms', { query })) as unknown as { hits: { column: string }[] };
  expect(hits[0]?.column).toBe(column);
});

test('search_terms finds nothing for what is nowhere', async () => {
  expect((await structured('search_terms', { query: 'zyzzyva' }))['hits']).toEqual([]);
});

test('get_policies gives all policies, or one', async () => {
  const all = (await structured('get_policies')) as unknown as { policies: { id: string }[] };
  expect(all.policies.map(({ id }) => id)).toEqual([
    'availability',
    'categories',
    'currency',
    'discounts',
    'identity',
    'publication',
    'regions',
    'units',
    'values',
  ]);
  const one = (await structured('get_policies', { topic: 'currency' })) as unknown as {
    policies: { id: string }[];
  };
  expect(one.policies.map(({ id }) => id)).toEqual(['currency']);
});

test.each([
  ['get_contract', { id: 'produkt' }, 'There is no contract "produkt". Did you mean "product"?'],
  ['get_policies', { topic: 'curency' }, 'There is no policy "curency". Did you mean "currency"?'],
])('%s tells a model how to mend a wrong name', async (name, args, message) => {
  const result = await call(name, args);
  expect(result.isError).toBe(true);
  expect(textOf(result)).toContain(message);
});

test('the process ends when its client goes away', async () => {
  const child = execFile(serverCommand.command, [...serverCommand.args, '--contracts', 'contracts']);
  child.stdin?.end();
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(code).toBe(0);
});
