import { z } from 'zod';
import { diffShape, type ShapeDiff } from '../drift/diff-shape.ts';
import { expectedFeed } from '../drift/expected-feed.ts';
import { shapeChangeSchema } from '../drift/shape-change.ts';
import type { TableStore } from '../storage/table-store.ts';
import { cutText } from './fit-rows.ts';
import { filePath } from './source-options.ts';
import { tableName } from './table-name.ts';
import { defineLakeTool, reads } from './tool-definition.ts';

const mostColumns = 200;

export const diffSchema = defineLakeTool({
  name: 'diff_schema',
  title: 'Compare a file with its contract',
  description:
    "Says how a file differs from the contract of its feed, by its content and not by its header alone: columns added, removed, renamed (with a confidence and the runner-up) or retyped (with counts, samples and the option or type that would fit), another delimiter, quote, header, record path, sheet or encoding, columns without values. Give `table`, the feed's loaded bronze table, so that renamed columns are known by their values. fits: true means that nothing has changed; a change with breaking: true stops ingest. Call it when ingest stops for drift; then propose a change of the contract.",
  input: z.strictObject({
    path: filePath,
    expected: expectedFeed.describe(
      'the contract: columns as create_table takes them (each may name its `source`), options as ingest takes them',
    ),
    table: tableName.optional().describe('the loaded table of this feed, to compare with its rows'),
  }),
  output: z.object({
    path: z.string(),
    sha256: z.string(),
    fits: z.boolean(),
    loaded: z
      .boolean()
      .describe('rows of this very content are in `table`: an old file that a newer contract need not fit'),
    changes: z.array(shapeChangeSchema),
    looked_at: z
      .object({ records: z.int(), whole_file: z.boolean() })
      .describe('whole_file false: the head of the file and 28 parts spread over the rest'),
    found: z
      .object({
        options: z.record(z.string(), z.unknown()),
        columns: z.array(z.object({ name: z.string(), type: z.string(), samples: z.array(z.string()) })),
        column_count: z.int(),
      })
      .optional()
      .describe('what the file is now; left out when it fits'),
  }),
  annotations: reads,
  run: async ({ roots, store }, { path, expected, table }) => {
    const diff = await diffShape(store, { file: { absolute: roots.resolve(path), path }, expected, table });
    const fits = diff.changes.length === 0;
    const loaded = table !== undefined && (await isLoaded(store, { table, sha256: diff.facts.sha256 }));
    return {
      path,
      sha256: diff.facts.sha256.slice(0, 16),
      fits,
      loaded,
      changes: [...diff.changes],
      looked_at: { records: diff.records, whole_file: diff.whole },
      ...(!fits && diff.reading && { found: foundIn(diff.reading) }),
    };
  },
});

async function isLoaded(
  store: TableStore,
  { table, sha256 }: { readonly table: string; readonly sha256: string },
): Promise<boolean> {
  if ((await store.findTable(table)) === undefined) return false;
  return (await store.listLoads(table)).some((load) => load.sha256 === sha256);
}

function foundIn({ source, options, columns, sniffedType, textsOf }: NonNullable<ShapeDiff['reading']>) {
  const { sheets: _, dialect, ...shape } = source.shape;
  return {
    options: { format: source.format, ...shape, ...dialect, ...options },
    columns: columns.slice(0, mostColumns).map((name) => ({
      name: cutText(name, 200),
      type: sniffedType(name),
      samples: [...new Set(textsOf(name))].slice(0, 3).map((text) => cutText(text, 60)),
    })),
    column_count: columns.length,
  };
}
