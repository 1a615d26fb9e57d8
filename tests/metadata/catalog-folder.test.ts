import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadCatalog } from '../../src/servers/catalog/load-catalog.ts';
import { feedText } from './support/feed-contract.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aiworkflow-contracts-'));
  mkdirSync(join(folder, 'feeds'));
  writeFileSync(join(folder, 'feeds/acme.odcs.yaml'), feedText);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('contracts of answers stand beside those of tables, and the catalog leaves them to the workflows', async () => {
  writeFileSync(join(folder, 'answer.yaml'), 'city: string\nkind: string, of which\n');
  writeFileSync(join(folder, 'count.yaml'), 'type: number\n');
  const { documents } = await loadCatalog({ contracts: folder });
  expect(documents.map(({ id }) => id)).toEqual(['acme']);
});

const slips = [
  { name: 'a kind that is misspelt', text: feedText.replace('kind: DataContract', 'kind: DataContrat') },
  { name: 'a file that is no YAML', text: 'kind: [DataContract' },
];
test.each(slips)('$name is not taken for the contract of an answer', async ({ text }) => {
  writeFileSync(join(folder, 'other.yaml'), text.replace('id: acme', 'id: other'));
  await expect(loadCatalog({ contracts: folder })).rejects.toThrow(/other\.yaml:\d+:\d+ /);
});
