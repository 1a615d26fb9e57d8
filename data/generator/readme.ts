import { type Fate, type Fault, type Feed, fateCount, faults } from './feed.ts';

/** data/README.md: what is in the files, counted where it is made, so that tests can hold the lake to it. */
export function readme({ feeds, later }: { feeds: readonly Feed[]; later: readonly Feed[] }): string {
  return `# Vendor feeds

Invented companies and their product feeds, dirty the way real feeds are. Names, numbers and prices are made up;
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

## The second day

\`data/day-two/\` is what arrives a day later: new prices and new articles of three vendors, nothing from Copperkettle, a file of
Pinegate whose price column is called \`Net Cost\` and which has a column \`Hazmat\` (the vendor has new software), and a sixth
vendor. The counts of Pinegate are those that it has once its contract knows the new name.

${table([
  ['file', 'format', 'records', 'rejected', 'loaded', 'set aside', 'superseded', 'published'],
  ...later.map((feed) => [`day-two/${feed.file}`, feed.format, ...counts(feed)]),
  ['**all**', '', ...total(later)],
])}

*published* counts the records of the file itself; many of them take the place of the same article of the first day.

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
