import { contentLikeness, profileValues } from './compare-values.ts';
import type { ExpectedColumn } from './expected-feed.ts';
import { isTooMany } from './is-too-many.ts';
import type { KnownColumn } from './known-values.ts';
import type { Rename } from './match-renames.ts';
import type { MeasuredColumns } from './measured-columns.ts';

/** A column whose name is still there, over the content of another one whose name is there as well. */
export interface Exchanged extends Rename {
  /** A load by the old names stops: values of a column of the same exchange are not of its type. */
  readonly isBreaking: boolean;
}

interface ToExchange {
  readonly columns: readonly ExpectedColumn[];
  /** Source of each column by its name. */
  readonly named: ReadonlyMap<string, string>;
  readonly known: ReadonlyMap<string, KnownColumn>;
  readonly measured: MeasuredColumns;
  readonly maxRejectedShare: number;
}

/** Fewer values say nothing about a column. */
const leastValues = 20;
/** A column that is so much like its rows in the table has changed places with none. */
const sureLikeness = 0.7;
const leastLikeness = 0.6;
const leastGain = 0.3;
const leastFitting = 0.9;
/** Each is compared with each: more columns that are unlike what they were are another feed. */
const mostCompared = 100;

/**
 * Columns that have changed places under their names: each is much less like its own rows in the table than another
 * one's content is, and they close a circle (`price` holds the stock, `stock` the price). Only against a table.
 */
export async function findExchanged(given: ToExchange): Promise<Exchanged[]> {
  const strange = given.columns.flatMap((column): Strange[] => {
    const own = likenessTo(given, column, given.named.get(column.name));
    return own !== undefined && own < sureLikeness ? [{ column, own }] : [];
  });
  if (strange.length < 2 || strange.length > mostCompared) return [];
  const sources = strange.flatMap(({ column }) => given.named.get(column.name) ?? []);
  for (const type of new Set(strange.map(({ column }) => column.type)))
    await given.measured.measure(type, sources);
  const better = new Map(strange.map((one) => [one.column.name, betterSource(given, { one, strange })]));
  const circles = strange.map(({ column }) => circleFrom(column.name, better));
  return strange.flatMap(({ column, own }, index): Exchanged[] => {
    const found = better.get(column.name);
    const circle = circles[index];
    if (found === undefined || circle === undefined) return [];
    const isBreaking = circle.some((name) => isRejected(given, name));
    return [{ ...asRename(given, { column, own, found }), isBreaking }];
  });
}

interface Strange {
  readonly column: ExpectedColumn;
  readonly own: number;
}

interface Better {
  /** The column whose name stands over the content. */
  readonly owner: string;
  readonly likeness: number;
}

/** Undefined where there are too few values to say. */
function likenessTo(
  { known, measured }: ToExchange,
  column: ExpectedColumn,
  source: string | undefined,
): number | undefined {
  const fit = source === undefined ? undefined : measured.fitOf(source, column.type);
  const profile = known.get(column.name)?.profile;
  if (fit === undefined || profile === undefined) return undefined;
  if (fit.filled < leastValues || profile.count < leastValues) return undefined;
  const isLost = fit.fitting < fit.filled * leastFitting;
  return isLost ? 0 : contentLikeness(profileValues(fit.values, column.type), profile);
}

function betterSource(
  given: ToExchange,
  { one, strange }: { one: Strange; strange: readonly Strange[] },
): Better | undefined {
  let best: Better | undefined;
  for (const { column: other } of strange) {
    if (other.name === one.column.name) continue;
    const likeness = likenessTo(given, one.column, given.named.get(other.name)) ?? 0;
    const isBetter = likeness >= leastLikeness && likeness >= one.own + leastGain;
    if (isBetter && likeness > (best?.likeness ?? 0)) best = { owner: other.name, likeness };
  }
  return best;
}

/** The columns that hold each other's content in turn, from this one back to it; undefined when they lead elsewhere. */
function circleFrom(
  start: string,
  better: ReadonlyMap<string, Better | undefined>,
): readonly string[] | undefined {
  const circle = [start];
  for (let next = better.get(start)?.owner; next !== start; next = better.get(next)?.owner) {
    if (next === undefined || circle.includes(next)) return undefined;
    circle.push(next);
  }
  return circle;
}

function isRejected({ columns, named, measured, maxRejectedShare }: ToExchange, name: string): boolean {
  const column = columns.find((one) => one.name === name);
  const fit = column && measured.fitOf(named.get(name) ?? '', column.type);
  if (fit === undefined) return false;
  const { rows, filled, fitting } = fit;
  return isTooMany(filled - fitting, { rows, filled, share: maxRejectedShare });
}

function asRename({ named }: ToExchange, { column, own, found }: Strange & { found: Better }): Rename {
  const rounded = (value: number): number => Number(value.toFixed(2));
  return {
    column: column.name,
    source: named.get(found.owner) ?? '',
    score: found.likeness,
    confidence: rounded(found.likeness),
    runnerUp: { source: named.get(column.name) ?? '', confidence: rounded(own * 0.75) },
  };
}
