import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { feedView } from '../../../src/metadata/feed-view.ts';
import { contractSchema } from '../../../src/metadata/odcs.ts';
import { withDatamart } from './run-datamart.ts';
import { acmeContract } from './support/acme-feed.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'load-feed-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the primary key of a feed holds in its table: of records with one key the first stays', async () => {
  writeFileSync(join(folder, 'acme_1.csv'), `Artikel;Preis\n${lines(40, 'a')}a1;9.99\n`);
  writeFileSync(join(folder, 'acme_2.csv'), `Artikel;Preis\n${lines(40, 'b')}a2;9.99\n`);
  const feed = {
    ...feedView(contractSchema.parse(acmeContract())),
    files: ['acme_1.csv', 'acme_2.csv'],
  } as unknown as JsonObject;
  await withDatamart({ roots: [folder] }, async ({ runPart, rows }) => {
    const compute = { threads: 1, memory_mb: 256, file_size_mb: 64 };
    const loaded = { rows_read: 41, rows_loaded: 40, rows_rejected: 1 };
    expect((await runPart('load-feed', { feed, compute })).response).toMatchObject([loaded, loaded]);
    const held =
      'SELECT count(*) AS n, count(DISTINCT sku) AS keys, max(price)::VARCHAR AS top FROM acme_raw.prices';
    expect(await rows(held)).toEqual([{ n: 80, keys: 80, top: '1.50' }]);
    const rejected = 'SELECT source_file, line, reason FROM product_raw.ingest_errors ORDER BY ALL';
    expect(await rows(rejected)).toEqual([
      { source_file: 'acme_1.csv', line: 42, reason: 'duplicate_key' },
      { source_file: 'acme_2.csv', line: 42, reason: 'duplicate_key' },
    ]);
  });
});

function lines(count: number, letter: string): string {
  return Array.from({ length: count }, (_, index) => `${letter}${index};1.50\n`).join('');
}
