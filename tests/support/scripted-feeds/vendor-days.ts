import type { FeedDraft } from '../../../src/metadata/feed-draft.ts';
import { brennhaus } from './brennhaus-feed.ts';
import type { ToolCall } from './conversation.ts';
import type { DatamartScript, FeedScript } from './feed-script.ts';
import { copperkettle, kurbelwerk, lumenhain, pinegate, verdalia } from './vendor-feeds.ts';

/** The days of data/ as a good model would take part in them: heads first, then what the heads left open. */

const known = [copperkettle, kurbelwerk, lumenhain, pinegate, verdalia];

const inspect = (path: string, options?: object): ToolCall => [
  'lake.inspect_file',
  { path, ...(options && { options: options as never }) },
];
const profile = (path: string, options: object): ToolCall => [
  'lake.profile_file',
  { path, options: options as never },
];

/** `folder` is how the lake names the files: `vendors/` with several roots, nothing with one. */
export function dayOne(folder = 'vendors/'): DatamartScript {
  const file = (name: string): string => `${folder}${name}`;
  return {
    discovery: [
      [
        'copperkettle_catalog.json',
        'kurbelwerk_export.ndjson',
        'lumenhain_preisliste.csv',
        'pinegate_products.csv',
        'verdalia_merchant.xml',
      ].map((name) => inspect(file(name))),
      [
        inspect(file('copperkettle_catalog.json'), { record_path: '/prices' }),
        inspect(file('copperkettle_catalog.json'), { record_path: '/supplier' }),
        inspect(file('verdalia_merchant.xml'), { record_element: 'title' }),
        profile(file('pinegate_products.csv'), { skip_lines: 3, null_values: ['N/A'] }),
        profile(file('lumenhain_preisliste.csv'), { delimiter: ';', encoding: 'windows-1252' }),
        profile(file('kurbelwerk_export.ndjson'), { null_values: ['n/v'] }),
      ],
    ],
    feeds: known,
    references: [],
    skipped: [],
  };
}

/** The second day: a vendor that begins, and a file that has another header than its contract. */
export const dayTwo: DatamartScript = {
  discovery: [
    [inspect('day-two/brennhaus_bmecat.xml')],
    [inspect('day-two/brennhaus_bmecat.xml', { record_element: 'HEADER' })],
  ],
  feeds: [brennhaus],
  references: [],
  skipped: [],
  healed: {
    [pinegate.draft.id]: {
      looks: [inspect('day-two/pinegate_products.csv', { skip_lines: 3, null_values: ['N/A'] })],
      draft: pinegateHealed(pinegate),
      reason:
        'The file has no column "Dealer Price" any more. "Net Cost" stands in its place and holds the same kind of amounts, in dollars. A column "Hazmat" with Y and N is new.',
    },
  },
};

function pinegateHealed({ draft }: FeedScript): FeedDraft {
  const columns = draft.columns.map((column) =>
    column.name === 'dealer_price' ? { ...column, source: 'Net Cost' } : column,
  );
  const hazmat = {
    name: 'hazmat',
    type: 'VARCHAR',
    nullable: true,
    source: 'Hazmat',
    description: 'Y or N: whether it is a dangerous good',
  };
  return {
    ...draft,
    columns: [...columns, hazmat],
    notes: [
      ...draft.notes,
      'From the second day on the price column is called Net Cost and there is a column Hazmat.',
    ],
  };
}
