import { alignColumns } from './align-columns.ts';
import { contentLikeness, profileValues, type ValueProfile } from './compare-values.ts';
import type { ExpectedColumn } from './expected-feed.ts';
import type { KnownColumn } from './known-values.ts';
import { type Candidate, matchRenames, type Rename } from './match-renames.ts';
import type { Fit } from './measure-sample.ts';
import { nameLikeness } from './name-likeness.ts';
import { type Place, placeLikeness, placesOf } from './place-likeness.ts';

/** What pairs of columns are judged by. */
export interface Likeness {
  readonly known: ReadonlyMap<string, KnownColumn>;
  /** How a source takes to a type. */
  readonly fitOf: (source: string, type: string) => Fit | undefined;
  /** The type that the source looks like by itself. */
  readonly sniffedType: (source: string) => string;
}

export interface Unpaired {
  /** Columns whose source is gone or holds something else now. */
  readonly columns: readonly ExpectedColumn[];
  /** Columns of the file that nobody claims, and those of the columns above. */
  readonly sources: readonly string[];
  /** All names of the contract and of the file, in order, and those that are sure. */
  readonly order: { readonly expected: readonly string[]; readonly found: readonly string[] };
  readonly sure: ReadonlySet<string>;
  /** False without a header: then only what is inside counts. */
  readonly hasNames: boolean;
}

/** By name, by place among the sure ones, by type, and most of all by content where the table holds rows. */
export function pairByLikeness(unpaired: Unpaired, likeness: Likeness): Rename[] {
  const expectedPlaces = placesOf(unpaired.order.expected, unpaired.sure);
  const foundPlaces = placesOf(unpaired.order.found, unpaired.sure);
  const profiles = profileCache(likeness);
  const candidates = unpaired.columns.flatMap((column) =>
    unpaired.sources.map((source): Candidate => {
      const parts = contentOf(column, source, { likeness, profiles });
      const place = placeLikeness(placeOf(expectedPlaces, column), foundPlaces.get(source));
      const name = Math.max(
        nameLikeness(column.source ?? '', source),
        0.9 * nameLikeness(column.name, source),
      );
      const score = unpaired.hasNames ? scoreOf({ ...parts, place, name }) : insideScore(parts);
      return { column: column.name, source, score };
    }),
  );
  return matchRenames(candidates);
}

function placeOf(places: ReadonlyMap<string, Place>, { source }: ExpectedColumn): Place | undefined {
  return source === null ? undefined : places.get(source);
}

/** Without a header there are no names: order is kept, and what is inside decides. */
export function pairByOrder(
  { columns, sources }: { columns: readonly ExpectedColumn[]; sources: readonly string[] },
  likeness: Likeness,
): Rename[] {
  const profiles = profileCache(likeness);
  const isSameWidth = columns.length === sources.length;
  const scoreAt = (at: number, place: number): number => {
    const [column, source] = [columns[at], sources[place]];
    if (column === undefined || source === undefined) return 0;
    return (
      insideScore(contentOf(column, source, { likeness, profiles })) + (isSameWidth && at === place ? 0.1 : 0)
    );
  };
  return alignColumns(columns.length, { sources: sources.length, scoreOf: scoreAt }).flatMap((place, at) => {
    const [column, source] = [columns[at], place === undefined ? undefined : sources[place]];
    if (column === undefined || source === undefined || place === undefined) return [];
    const score = Math.min(1, scoreAt(at, place));
    return [{ column: column.name, source, score, confidence: Number(score.toFixed(2)) }];
  });
}

interface Parts {
  /** Undefined: the table holds nothing to compare with. */
  readonly content: number | undefined;
  readonly type: number;
}

function insideScore({ content, type }: Parts): number {
  return content === undefined ? type : 0.75 * content + 0.25 * type;
}

type Profiles = (source: string, type: string) => ValueProfile;

function contentOf(
  column: ExpectedColumn,
  source: string,
  { likeness, profiles }: { likeness: Likeness; profiles: Profiles },
): Parts {
  const known = likeness.known.get(column.name)?.profile;
  const hasKnown = known !== undefined && known.count > 0;
  return {
    content: hasKnown ? contentLikeness(profiles(source, column.type), known) : undefined,
    type: typeLikeness(column, source, likeness),
  };
}

/** Any text is a VARCHAR: that a number is one, too, says less. */
function typeLikeness({ type }: ExpectedColumn, source: string, { fitOf, sniffedType }: Likeness): number {
  const fit = fitOf(source, type);
  if (fit === undefined || fit.filled === 0) return 0;
  if (type !== 'VARCHAR') return fit.fitting / fit.filled;
  return sniffedType(source) === 'VARCHAR' ? 0.75 : 0.45;
}

function scoreOf({ content, type, place, name }: Parts & { place: number; name: number }): number {
  const score =
    content === undefined
      ? 0.35 * type + 0.3 * place + 0.35 * name
      : 0.5 * content + 0.15 * type + 0.15 * place + 0.2 * name;
  return Number(score.toFixed(4));
}

function profileCache({ fitOf }: Likeness): Profiles {
  const made = new Map<string, ValueProfile>();
  return (source, type) => {
    const key = JSON.stringify([source, type]);
    const profile = made.get(key) ?? profileValues(fitOf(source, type)?.values ?? [], type);
    made.set(key, profile);
    return profile;
  };
}
