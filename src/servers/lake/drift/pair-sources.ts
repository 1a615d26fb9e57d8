import { contentLikeness, profileValues } from './compare-values.ts';
import type { ExpectedColumn } from './expected-feed.ts';
import { type Exchanged, findExchanged } from './find-exchanged.ts';
import { findSource } from './find-source.ts';
import type { KnownColumn } from './known-values.ts';
import type { Rename } from './match-renames.ts';
import type { MeasuredColumns } from './measured-columns.ts';
import { pairByLikeness, pairByOrder } from './pair-columns.ts';
import type { SampledReading } from './read-sample.ts';

/** Which column of the file is which column of the contract. */
export interface Pairing {
  /** Source in the file by column of the contract; a column without one is not in it. */
  readonly sources: ReadonlyMap<string, string>;
  /** Those that are called otherwise than the contract says, by column. */
  readonly renames: ReadonlyMap<string, Rename | Exchanged>;
  /** Columns of the file that are nobody's. */
  readonly added: readonly string[];
}

export interface ToPair {
  readonly reading: SampledReading;
  readonly expected: readonly ExpectedColumn[];
  readonly ignored: readonly string[];
  readonly known: ReadonlyMap<string, KnownColumn>;
  readonly measured: MeasuredColumns;
  /** Says of values that do not fit that they are still this column, only written otherwise. */
  readonly isRespelled: (column: ExpectedColumn, source: string) => Promise<boolean>;
  readonly maxRejectedShare: number;
}

export async function pairSources(given: ToPair): Promise<Pairing> {
  const wanted = given.expected.filter(({ source }) => source !== null);
  const named = new Map<string, string>();
  for (const column of wanted) {
    const source = column.source === null ? undefined : findSource(given.reading.source, column.source);
    if (source !== undefined) named.set(column.name, source);
  }
  await measureNamed(given, { wanted, named });
  const isHeaderless = given.reading.source.shape.dialect?.header === false;
  if (isHeaderless && isOtherWidth(given)) return pairAllByOrder(given, wanted);
  // Without a header nothing stands over a column that could be the name of another.
  const exchanged = isHeaderless ? [] : await findExchanged({ ...given, columns: wanted, named });
  for (const { column, source } of exchanged) named.set(column, source);
  const isDoubted = ({ name }: ExpectedColumn) => !exchanged.some(({ column }) => column === name);
  const doubtful = await doubtfulColumns(given, { wanted: wanted.filter(isDoubted), named });
  return pairRest(given, { wanted, named, doubtful, exchanged });
}

interface Named {
  readonly wanted: readonly ExpectedColumn[];
  readonly named: ReadonlyMap<string, string>;
}

async function measureNamed({ measured }: ToPair, { wanted, named }: Named): Promise<void> {
  const byType = new Map<string, string[]>();
  for (const { name, type } of wanted) {
    const source = named.get(name);
    if (source !== undefined) byType.set(type, [...(byType.get(type) ?? []), source]);
  }
  for (const [type, sources] of byType) await measured.measure(type, sources);
}

/** Gone, or something else under the old name: half of the values do not fit, or they are like nothing in the table. */
async function doubtfulColumns(given: ToPair, { wanted, named }: Named): Promise<ExpectedColumn[]> {
  const doubtful: ExpectedColumn[] = [];
  for (const column of wanted) {
    const source = named.get(column.name);
    if (source === undefined || (await holdsSomethingElse(given, column, source))) doubtful.push(column);
  }
  return doubtful;
}

/** Fewer values say nothing about a column. */
const leastValues = 20;
const leastLikeness = 0.25;

async function holdsSomethingElse(given: ToPair, column: ExpectedColumn, source: string): Promise<boolean> {
  const fit = given.measured.fitOf(source, column.type);
  if (fit === undefined || fit.filled === 0) return false;
  if (fit.fitting < fit.filled / 2) return !(await given.isRespelled(column, source));
  const known = given.known.get(column.name)?.profile;
  if (known === undefined || known.count < leastValues || fit.values.length < leastValues) return false;
  return contentLikeness(profileValues(fit.values, column.type), known) < leastLikeness;
}

/** Without a header the highest place that the contract names is the width that it knows. */
function isOtherWidth({ reading, expected, ignored }: ToPair): boolean {
  const names = [...expected.flatMap(({ source }) => source ?? []), ...ignored];
  const places = names.map((name) => Number(/^column(\d+)$/.exec(name)?.[1] ?? 0));
  return Math.max(0, ...places) !== reading.source.columns.length;
}

async function pairAllByOrder(given: ToPair, wanted: readonly ExpectedColumn[]): Promise<Pairing> {
  const columns = [...wanted].sort((a, b) => placeIn(a.source) - placeIn(b.source));
  const sources = given.reading.source.columns.filter((source) => !given.ignored.includes(source));
  for (const type of new Set(columns.map((column) => column.type)))
    await given.measured.measure(type, sources);
  const pairs = pairByOrder({ columns, sources }, likenessOf(given));
  return finish(given, { wanted, pairs, named: new Map() });
}

/** Columns that are named keep the contract's order, which is the file's. */
function placeIn(source: string | null): number {
  return Number(/^column(\d+)$/.exec(source ?? '')?.[1] ?? 0);
}

async function pairRest(
  given: ToPair,
  {
    wanted,
    named,
    doubtful,
    exchanged,
  }: Named & { doubtful: readonly ExpectedColumn[]; exchanged: readonly Exchanged[] },
): Promise<Pairing> {
  if (doubtful.length === 0) return finish(given, { wanted, pairs: exchanged, named });
  const sure = new Map([...named].filter(([name]) => !doubtful.some((column) => column.name === name)));
  const claimed = new Set(sure.values());
  const sources = given.reading.source.columns.filter((source) => isFree(source, claimed, given.ignored));
  for (const type of new Set(doubtful.map((column) => column.type)))
    await given.measured.measure(type, sources);
  const order = {
    expected: wanted.flatMap(({ source }) => source ?? []),
    found: given.reading.source.columns,
  };
  const hasNames = given.reading.source.shape.dialect?.header !== false;
  const unpaired = { columns: doubtful, sources, order, sure: claimed, hasNames };
  const pairs = pairByLikeness(unpaired, likenessOf(given));
  return finish(given, {
    wanted,
    pairs: [...pairs, ...exchanged],
    named: new Map([...sure, ...stillNamed({ named, doubtful, pairs })]),
  });
}

/** What nobody else explains better is still the column of that name, only with other values. */
function stillNamed({
  named,
  doubtful,
  pairs,
}: {
  named: ReadonlyMap<string, string>;
  doubtful: readonly ExpectedColumn[];
  pairs: readonly Rename[];
}): [string, string][] {
  const taken = new Set(pairs.map(({ source }) => source));
  const paired = new Set(pairs.map(({ column }) => column));
  return doubtful.flatMap(({ name }): [string, string][] => {
    const source = named.get(name);
    return source === undefined || paired.has(name) || taken.has(source) ? [] : [[name, source]];
  });
}

function isFree(source: string, claimed: ReadonlySet<string>, ignored: readonly string[]): boolean {
  if (claimed.has(source) || ignored.includes(source)) return false;
  for (const taken of claimed)
    if (source.startsWith(`${taken}.`) || taken.startsWith(`${source}.`)) return false;
  return true;
}

function likenessOf({ known, measured, reading }: ToPair) {
  return {
    known,
    fitOf: (source: string, type: string) => measured.fitOf(source, type),
    sniffedType: (source: string) => reading.sniffedType(source),
  };
}

function finish(
  { reading, ignored }: ToPair,
  { wanted, pairs, named }: Named & { pairs: readonly Rename[] },
): Pairing {
  const sources = new Map([...named, ...pairs.map(({ column, source }) => [column, source] as const)]);
  const meant = new Map(wanted.map(({ name, source }) => [name, source ?? '']));
  const isOther = ({ column, source }: Rename): boolean =>
    findSource(reading.source, meant.get(column) ?? '') !== source;
  const claimed = new Set(sources.values());
  return {
    sources,
    renames: new Map(pairs.filter(isOther).map((rename) => [rename.column, rename])),
    added: reading.source.columns.filter((source) => isFree(source, claimed, ignored)),
  };
}
