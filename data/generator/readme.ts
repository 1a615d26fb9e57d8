import { type Fate, type Fault, type Feed, fateCount, faults } from './feed.ts';

/** data/README.md: what is in the files, counted where it is made, so that tests can hold the lake to it. */
export function readme(feeds: readonly Feed[]): string {
  return `# Vendor feeds

Five invented companies and their product feeds, dirty the way real feeds are. Names, numbers and prices are made up;
GTINs start with 2, the range for numbers inside a company. \`node data/generate-vendors.ts\` writes the files and this
page from a fixed seed: to change a feed, change its generator in \`data/generator/\`.

## What becomes of each record

A record is one product as the vendor means it (header, preamble and blank lines are none). Each has one fate:
*rejected* when it is loaded into its bronze table, *set aside* when it cannot become a canonical product,
*superseded* by a later record of the same article, or *published*.

${table([
  ['file', 'format', 'records', 'rejected', 'loaded', 'set aside', 'superseded', 'published'],
  ...feeds.map((feed) => [`vendors/${feed.file}`, feed.format, ...counts(feed)]),
  ['**all**', '', ...total(feeds)],
])}

## The faults that were put in

${table([
  ['fault', 'fate', 'meaning', ...feeds.map(({ file }) => file.split('_')[0] ?? file)],
  ...Object.entries(faults).map(([fault, { fate, meaning }]) => [
    fault,
    fate,
    meaning,
    ...feeds.map((feed) => String(feed.faults.get(fault as Fault) ?? 0)),
  ]),
])}

A record has at most one of these faults. What is merely inconvenient is everywhere and not counted: decimal commas and
thousands separators, amount and currency in one text, pence, ounces beside pounds and grams beside kilograms, millimetres
beside centimetres, dates with the month first, N/A and n/v for nothing.
`;
}

function counts(feed: Feed): string[] {
  const of = (fate: Fate): number => fateCount(feed, fate);
  const loaded = feed.records - of('rejected');
  return [feed.records, of('rejected'), loaded, of('set aside'), of('superseded'), of('published')].map(
    String,
  );
}

function total(feeds: readonly Feed[]): string[] {
  const rows = feeds.map((feed) => counts(feed).map(Number));
  return (rows[0] ?? []).map((_, column) => String(rows.reduce((sum, row) => sum + (row[column] ?? 0), 0)));
}

function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}
