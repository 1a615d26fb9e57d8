import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { FeedDraft } from '../../../src/metadata/feed-draft.ts';
import { answerDatamart } from '../../support/scripted-feeds/answer-datamart.ts';
import type { DatamartScript } from '../../support/scripted-feeds/feed-script.ts';
import { lumenhain, pinegate } from '../../support/scripted-feeds/vendor-feeds.ts';
import { type Answer, withDatamart } from './run-datamart.ts';

// A vendor whose file changes four times, each time in another way. The model's answers are written by hand.
vi.setConfig({ testTimeout: 240_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'four-drifts-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const priceList = readFileSync('data/day-two/lumenhain_preisliste.csv', 'latin1').trimEnd().split('\r\n');
const otherVendor = readFileSync('data/vendors/pinegate_products.csv', 'utf8');

type Cells = (cells: string[], isHeader: boolean) => string[];

interface Drift {
  readonly name: string;
  /** What the vendor's new software does to a line. */
  readonly cells?: Cells;
  readonly delimiter?: string;
  /** What the model makes of the contract. */
  readonly heal: (draft: FeedDraft) => FeedDraft;
  /** Kinds of differences that the lake must have found. */
  readonly kinds: readonly string[];
}

const drifts: readonly Drift[] = [
  {
    name: 'a column is renamed',
    cells: (cells, isHeader) =>
      cells.map((cell) => (isHeader && cell === 'Preis_EUR' ? 'Listenpreis' : cell)),
    heal: (draft) => withColumn(draft, 'preis_eur', { source: 'Listenpreis' }),
    kinds: ['renamed'],
  },
  {
    name: 'a column is added',
    cells: (cells, isHeader) => [...cells, isHeader ? 'Energieklasse' : 'A'],
    heal: (draft) => ({
      ...draft,
      columns: [
        ...draft.columns,
        {
          name: 'energieklasse',
          type: 'VARCHAR',
          nullable: true,
          source: 'Energieklasse',
          description: 'class of energy',
        },
      ],
    }),
    kinds: ['added'],
  },
  {
    name: 'the type of a column is another one: stocks are counted in halves',
    cells: (cells, isHeader) =>
      cells.map((cell, index) => (!isHeader && index === 12 && /^\d+$/.test(cell) ? `${cell},5` : cell)),
    heal: (draft) => ({
      ...withColumn(draft, 'bestand', { source: null }),
      columns: [
        ...withColumn(draft, 'bestand', { source: null }).columns,
        {
          name: 'bestand_halbe',
          type: 'DECIMAL(12,1)',
          nullable: true,
          source: 'Bestand',
          description: 'pieces, counted in halves',
        },
      ],
    }),
    kinds: ['retyped'],
  },
  {
    name: 'the delimiter is another one',
    delimiter: '|',
    heal: (draft) => ({ ...draft, options: { ...draft.options, delimiter: '|' } }),
    kinds: ['dialect'],
  },
];

test('each drift stops the load of this vendor alone, and is healed by metadata alone', async () => {
  const roots = ['data/vendors', folder];
  const files = projectFiles();
  await withDatamart({ roots }, async ({ run, rows, accept }) => {
    await run(answer(firstDay), { pattern: 'vendors/*.csv' });
    let draft = lumenhain.draft;
    for (const [index, drift] of drifts.entries()) {
      const day = writeDay(index);
      draft = drift.heal(draft);
      const params = { pattern: `${folder.split('/').at(-1)}/${day}/*` };
      const before = await rows('SELECT count(*) AS n FROM product_raw.lumenhain_preisliste');

      const stopped = await run(answer(healing(draft, drift)), params);
      expect(await rows('SELECT count(*) AS n FROM product_raw.lumenhain_preisliste')).toEqual(before);
      const [change, other] = loadsByFeed(stopped.result.steps['loads']?.response);
      expect(change, drift.name).toMatchObject({ state: 'proposed', id: 'lumenhain_preisliste' });
      expect(other, drift.name).toMatchObject({
        table: 'product_raw.pinegate_products',
        rows_read: 85 - index - 1,
      });
      const heal = [...stopped.requests].find(([position]) => position.includes('/heal/'));
      expect(differencesIn(JSON.stringify(heal?.[1]))).toEqual(expect.arrayContaining([...drift.kinds]));

      await accept(String(change?.['change']));
      const healed = await run(answer(firstDay), params);
      expect([...healed.requests.keys()], drift.name).toEqual(['report/m1']);
      const [loaded, again] = loadsByFeed(healed.result.steps['loads']?.response);
      expect(loaded, drift.name).toMatchObject({ rows_read: 29, rows_rejected: 1, already_ingested: false });
      expect(again, drift.name).toMatchObject({ already_ingested: true });
      expect(healed.result.response).toMatchObject({ status: 'published' });
    }
    expect(projectFiles()).toEqual(files);
    expect(
      await rows(
        'SELECT count(energieklasse) AS a, count(bestand_halbe) AS b FROM product_raw.lumenhain_preisliste',
      ),
    ).toEqual([{ a: 3 * 28, b: 2 * 28 }]);
  });
});

const firstDay: DatamartScript = {
  discovery: [],
  feeds: [lumenhain, pinegate],
  references: [],
  skipped: [],
};

function healing(draft: FeedDraft, { name }: Drift): DatamartScript {
  return { ...firstDay, healed: { [draft.id]: { looks: [], draft, reason: name } } };
}

const answer =
  (script: DatamartScript): Answer =>
  (request, position) =>
    answerDatamart(script, { request, position });

/** What a day brings: all that has changed so far in one vendor's file, and a file of another vendor as it always was. */
function writeDay(last: number): string {
  const day = `day-${last + 1}`;
  mkdirSync(join(folder, day));
  const soFar = drifts.slice(0, last + 1);
  const delimiter = soFar.findLast((drift) => drift.delimiter !== undefined)?.delimiter ?? ';';
  const lines = priceList.map((line, index) =>
    soFar
      .reduce((cells, { cells: change }) => change?.(cells, index === 0) ?? cells, line.split(';'))
      .join(delimiter),
  );
  writeFileSync(join(folder, day, 'lumenhain_preisliste.csv'), `${lines.join('\r\n')}\r\n`, 'latin1');
  // Without its first records, so that the content is new.
  const [head, body] = [otherVendor.split('\n').slice(0, 4), otherVendor.split('\n').slice(5 + last)];
  writeFileSync(join(folder, day, 'pinegate_products.csv'), [...head, ...body].join('\n'));
  return day;
}

function withColumn(
  draft: FeedDraft,
  name: string,
  change: Partial<FeedDraft['columns'][number]>,
): FeedDraft {
  return {
    ...draft,
    columns: draft.columns.map((column) => (column.name === name ? { ...column, ...change } : column)),
  };
}

function loadsByFeed(response: unknown): JsonObject[] {
  return (response as JsonObject[][]).flat();
}

function differencesIn(request: string): string[] {
  return [...request.matchAll(/\\+"kind\\+": ?\\+"([a-z]+)\\+"/g)].map(([, kind = '']) => kind);
}

/** Code and prompts: nothing of them may change. */
function projectFiles(): string[] {
  const paths = ['load-feed', 'load-file', 'product-datamart'].map((name) => `workflows/${name}.yaml`);
  const prompts = ['discover-feeds', 'heal-drift', 'map-to-product', 'report-datamart'];
  return [...paths, ...prompts.map((name) => `prompts/${name}.prompt`)].map((path) =>
    readFileSync(path, 'utf8'),
  );
}
