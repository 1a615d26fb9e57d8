import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contractOfDraft, contractWithDraft, draftOfContract } from '../../../src/metadata/feed-draft.ts';
import { contractSchema } from '../../../src/metadata/odcs.ts';
import { brennhaus } from '../../support/scripted-feeds/brennhaus-feed.ts';
import { copperkettle, lumenhain, pinegate } from '../../support/scripted-feeds/vendor-feeds.ts';
import { startCatalog } from './start-catalog.ts';

test.each([brennhaus, copperkettle, lumenhain, pinegate])(
  'a draft becomes a contract, and is read from it again',
  ({ draft }) => {
    const contract = contractSchema.parse(contractOfDraft(draft, '1.0.0'));
    expect(draftOfContract(contract)).toEqual(draft);
  },
);

test('a changed draft changes what it has words for, and nothing else', () => {
  const written = contractOfDraft(pinegate.draft, '1.2.0');
  const [table] = written['schema'] as Record<string, unknown>[];
  const owned = {
    ...written,
    team: { name: 'feeds' },
    schema: [
      {
        ...table,
        quality: [{ name: 'not_empty', type: 'library', metric: 'rowCount', mustBeGreaterThan: 0 }],
      },
    ],
  };
  const columns = pinegate.draft.columns.map((column) =>
    column.name === 'dealer_price' ? { ...column, source: 'Net Cost' } : column,
  );
  const changed = contractWithDraft(owned as never, { ...pinegate.draft, columns });
  expect(changed).toMatchObject({
    version: '1.2.0',
    team: { name: 'feeds' },
    schema: [{ quality: [{ name: 'not_empty' }] }],
  });
  expect(draftOfContract(contractSchema.parse(changed))).toEqual({ ...pinegate.draft, columns });
  expect(contractWithDraft(owned as never, pinegate.draft)).toEqual(owned);
});

test('a feed, its mapping and a change of it go through the tools as drafts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drafts-'));
  const client = await startCatalog(
    '--feeds',
    join(folder, 'feeds'),
    '--database',
    join(folder, 'catalog.sqlite'),
  );
  try {
    const call = async (name: string, args: Record<string, unknown>) => {
      const { structuredContent, isError, content } = await client.callTool({ name, arguments: args });
      expect(isError, JSON.stringify(content)).toBeFalsy();
      return structuredContent as Record<string, never>;
    };
    const { draft, mapping } = pinegate;
    expect(await call('register_feed', { draft })).toMatchObject({
      version: '1.0.0',
      status: 'draft',
      draft,
    });
    expect(await call('list_feeds', { role: 'product', mapped: false })).toMatchObject({
      feeds: [{ id: draft.id }],
    });
    const target = { contract: 'product', table: 'product_core.product' };
    const mapped = { feed: draft.id, target, sql: mapping.sql, columns: mapping.columns };
    for (const _ of [1, 2]) {
      const answer = await call('register_mapping', mapped);
      expect(answer).toMatchObject({ mapping: { id: 'pinegate_products-to-product', version: '1.0.0' } });
    }
    expect(await call('list_feeds', { mapped: false })).toEqual({ feeds: [] });
    expect(await call('propose_change', { draft, reason: 'none' })).toMatchObject({ differences: [] });
    const columns = draft.columns.map((column) =>
      column.name === 'dealer_price' ? { ...column, source: 'Net Cost' } : column,
    );
    const proposed = await call('propose_change', {
      draft: { ...draft, columns },
      reason: 'the header changed',
    });
    expect(proposed).toMatchObject({ state: 'proposed', id: draft.id, from_version: '1.0.0' });
    expect(await call('list_feeds', {})).toMatchObject({ feeds: [{ version: '1.0.0' }] });
  } finally {
    await client.close();
    rmSync(folder, { recursive: true });
  }
});
