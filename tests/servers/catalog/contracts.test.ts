import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Ajv2019 } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadCatalog } from '../../../src/servers/catalog/load-catalog.ts';

const specs = '../shared/data/specs';
const shared = existsSync(specs);
const readSpec = (name: string) =>
  JSON.parse(readFileSync(`${specs}/${name}`, 'utf8').replace(/^\uFEFF/, ''));
const contractFiles = readdirSync('contracts').filter((name) => name.endsWith('.odcs.yaml'));
const vocabularies = [
  { prefix: 'https://schema.org/', name: 'schema', file: 'schema-org-30.0.jsonld' },
  { prefix: 'https://ref.gs1.org/voc/', name: 'gs1', file: 'gs1-webvoc-1.16.jsonld' },
];

describe.skipIf(!shared)(
  'against the standards in ../shared/data/specs (skipped when they are absent)',
  () => {
    test.each(contractFiles)('%s is an ODCS 3.1 contract', (name) => {
      const ajv = new Ajv2019({ strict: false, allErrors: true });
      addFormats.default(ajv);
      const validate = ajv.compile(readSpec('odcs-3.1.0.schema.json'));
      const valid = validate(parse(readFileSync(`contracts/${name}`, 'utf8')));
      expect(validate.errors ?? []).toEqual([]);
      expect(valid).toBe(true);
    });

    test.each(vocabularies)('every term that is cited from $name exists', async ({ prefix, name, file }) => {
      const known = new Set(readSpec(file)['@graph'].map((node: { '@id': string }) => node['@id']));
      const cited = (await citedTerms()).filter((url) => url.startsWith(prefix));
      expect(cited.length).toBeGreaterThan(10);
      expect(cited.filter((url) => !known.has(`${name}:${url.slice(prefix.length)}`))).toEqual([]);
    });
  },
);

test('the law that ships is whole: tables, mappings, policies and the answer of every prompt, side by side', async () => {
  const catalog = await loadCatalog({ contracts: 'contracts' });
  const ids = (kind: string) =>
    catalog.documents.flatMap((document) => (document.kind === kind ? [document.id] : [])).sort();
  expect(ids('contract')).toEqual(['product', 'product-exception', 'product-offer']);
  expect(ids('mapping')).toEqual(['product-offers']);
  expect(ids('policy')).toEqual(expect.arrayContaining(['currency', 'discounts', 'regions', 'units']));
  for (const prompt of readdirSync('prompts')) {
    const contract = `contracts/${prompt.replace('.prompt', '.response.yaml')}`;
    expect(readFileSync(`prompts/${prompt}`, 'utf8')).toContain(`schema: ${contract}\n`);
    expect(parse(readFileSync(contract, 'utf8'))).toMatchObject({
      type: 'object',
      additionalProperties: false,
    });
  }
});

test('every column of the canonical product cites a term of schema.org or GS1', async () => {
  const { contracts } = await loadCatalog({ contracts: 'contracts' });
  const product = contracts.find(({ id }) => id === 'product')?.schema[0];
  const without = product?.properties.filter(
    ({ authoritativeDefinitions = [] }) => authoritativeDefinitions.length === 0,
  );
  expect(without?.map(({ name }) => name)).toEqual([]);
  const strangers = (await citedTerms()).filter(
    (url) => !vocabularies.some(({ prefix }) => url.startsWith(prefix)),
  );
  expect(strangers).toEqual([]);
});

test('rule names are unique within a contract', async () => {
  for (const contract of (await loadCatalog({ contracts: 'contracts' })).contracts) {
    const names = contract.schema.flatMap((table) =>
      [table, ...table.properties].flatMap(({ quality = [] }) => quality.map(({ name }) => name)),
    );
    expect(new Set(names).size, contract.id).toBe(names.length);
  }
});

async function citedTerms(): Promise<string[]> {
  const { contracts } = await loadCatalog({ contracts: 'contracts' });
  return contracts.flatMap(({ schema }) =>
    schema.flatMap(({ properties }) =>
      properties.flatMap(({ authoritativeDefinitions = [] }) =>
        authoritativeDefinitions.map(({ url }) => url),
      ),
    ),
  );
}
