import type { SourceOptions } from '../sources/source.ts';
import { formLikeness, knownShare, profileValues, type ValueProfile } from './compare-values.ts';
import { castRulesOf, type ExpectedColumn } from './expected-feed.ts';
import { explainMisfits } from './explain-misfits.ts';
import { isTooMany } from './is-too-many.ts';
import type { KnownColumn } from './known-values.ts';
import { type Fit, findMisfits, type SampleTable } from './measure-sample.ts';
import type { MeasuredColumns } from './measured-columns.ts';
import { type Pairing, pairSources } from './pair-sources.ts';
import type { SampledReading } from './read-sample.ts';
import { type Evidence, type ShapeChange, shareOf } from './shape-change.ts';

export interface ColumnComparison {
  readonly reading: SampledReading;
  readonly options: SourceOptions;
  readonly expected: readonly ExpectedColumn[];
  readonly ignored: readonly string[];
  readonly known: ReadonlyMap<string, KnownColumn>;
  readonly table: SampleTable;
  readonly measured: MeasuredColumns;
  /** Share of the records that may be rejected for one reason. */
  readonly maxRejectedShare: number;
}

/** Every column of the contract against what the file has for it, then what the file has besides. */
export async function compareColumns(given: ColumnComparison): Promise<ShapeChange[]> {
  const isRespelled = async (column: ExpectedColumn, source: string): Promise<boolean> =>
    (await explained(given, column, source))?.suggestion?.options !== undefined;
  const pairing = await pairSources({ ...given, isRespelled });
  const changes: ShapeChange[] = [];
  for (const column of given.expected) changes.push(...(await columnChanges(given, { column, pairing })));
  return [...changes, ...pairing.added.map((source) => addedChange(given, source))];
}

async function columnChanges(
  given: ColumnComparison,
  { column, pairing }: { column: ExpectedColumn; pairing: Pairing },
): Promise<ShapeChange[]> {
  if (column.source === null) return [];
  const source = pairing.sources.get(column.name);
  if (source === undefined) return [removedChange(given, column)];
  await given.measured.measure(column.type, [source]);
  const fit = given.measured.fitOf(source, column.type);
  if (fit === undefined || fit.rows === 0) return [];
  const rename = pairing.renames.get(column.name);
  const held = await contentChange(given, { column, source, fit });
  const renamed = rename === undefined ? [] : [renamedChange(given, { column, rename, fit })];
  return held === undefined ? renamed : [...renamed, held];
}

function removedChange({ reading }: ColumnComparison, column: ExpectedColumn): ShapeChange {
  return {
    kind: 'removed',
    ...namedAs(column),
    evidence: { records: reading.sample.kept.length, detail: 'no column of the file is like it' },
    breaking: true,
  };
}

function namedAs({ name, source, nullable }: ExpectedColumn) {
  return { column: name, ...(source !== null && { source }), required: !nullable };
}

function renamedChange(
  { known, reading }: ColumnComparison,
  {
    column,
    rename,
    fit,
  }: { column: ExpectedColumn; rename: NonNullable<ReturnType<Pairing['renames']['get']>>; fit: Fit },
): ShapeChange {
  const profile = known.get(column.name)?.profile;
  const isExchanged = 'isBreaking' in rename;
  return {
    kind: 'renamed',
    ...namedAs(column),
    from: column.source,
    to: rename.source,
    confidence: rename.confidence,
    ...(rename.runnerUp && { runner_up: rename.runnerUp }),
    evidence: {
      ...evidenceOf(fit),
      ...(profile && { known_share: rounded(knownShare(profileValues(fit.values, column.type), profile)) }),
      samples: samplesOf(reading.textsOf(rename.source)),
      ...(isExchanged && {
        detail: `the file still has a column "${column.source}", and it holds what another one held: they changed places`,
      }),
    },
    breaking: isExchanged ? rename.isBreaking : true,
  };
}

function addedChange({ reading }: ColumnComparison, source: string): ShapeChange {
  const texts = reading.textsOf(source);
  return {
    kind: 'added',
    source,
    to: reading.sniffedType(source),
    evidence: { records: reading.sample.kept.length, samples: samplesOf(texts) },
    breaking: false,
  };
}

interface Held {
  readonly column: ExpectedColumn;
  readonly source: string;
  readonly fit: Fit;
}

/** What is in the column: values of another type, none where there must be some, or other ones than the table knows. */
async function contentChange(given: ColumnComparison, held: Held): Promise<ShapeChange | undefined> {
  const { column, fit } = held;
  const share = given.maxRejectedShare;
  if (isTooMany(fit.filled - fit.fitting, { rows: fit.rows, filled: fit.filled, share })) {
    return retypedChange(given, held);
  }
  const missing = fit.rows - fit.filled;
  if (!column.nullable && isTooMany(missing, { rows: fit.rows, filled: fit.rows, share })) {
    return emptyChange(held, {
      breaking: true,
      detail: 'a column that must have a value has none in too many records',
    });
  }
  const known = given.known.get(column.name);
  if (known === undefined || fit.rows < leastCompared) return undefined;
  if (fit.filled === 0 && known.filledShare >= 0.5) {
    return emptyChange(held, {
      breaking: false,
      detail: 'no value, and the table has some in most of its rows',
    });
  }
  return strangeChange(held, known);
}

async function retypedChange(given: ColumnComparison, held: Held): Promise<ShapeChange> {
  const { column, source, fit } = held;
  const found = await explained(given, column, source);
  const misfits = await misfitsOf(given, column, source);
  return {
    kind: 'retyped',
    ...namedAs(column),
    from: column.type,
    to: found?.what ?? 'text',
    ...(found?.suggestion && { suggestion: found.suggestion }),
    evidence: { ...evidenceOf(fit), samples: samplesOf(misfits) },
    breaking: true,
  };
}

function emptyChange(
  { column, fit }: Held,
  { breaking, detail }: { breaking: boolean; detail: string },
): ShapeChange {
  return { kind: 'empty', ...namedAs(column), evidence: { ...evidenceOf(fit), detail }, breaking };
}

/** Fewer values are compared with nothing. */
const leastCompared = 20;

/** They can be loaded, but no form of them was met before: `12.50 EUR` for `EUR 12,50`, cents for euros. */
function strangeChange(
  { column, source, fit }: Held,
  { profile, halves }: KnownColumn,
): ShapeChange | undefined {
  const now = profileValues(fit.values, column.type);
  if (now.count < leastCompared || profile.count < leastCompared) return undefined;
  const isSteady = formLikeness(...halves) >= 0.5;
  if (!isSteady || formLikeness(now, profile) >= 0.1 || knownShare(now, profile) >= 0.1) return undefined;
  return {
    kind: 'retyped',
    ...namedAs({ ...column, source }),
    from: exampleOf(profile),
    to: exampleOf(now),
    evidence: {
      ...evidenceOf(fit),
      known_share: rounded(knownShare(now, profile)),
      samples: samplesOf(fit.values),
      detail: 'the values fit the type, but none of their forms is in the table',
    },
    breaking: false,
  };
}

function exampleOf({ distinct }: ValueProfile): string {
  return `like ${[...distinct]
    .sort()
    .slice(0, 2)
    .map((value) => JSON.stringify(value.slice(0, 40)))
    .join(', ')}`;
}

function evidenceOf({ rows, filled, fitting }: Fit): Evidence {
  return { records: rows, filled, fitting_share: shareOf(fitting, filled) };
}

function misfitsOf({ table, options }: ColumnComparison, { type }: ExpectedColumn, source: string) {
  return findMisfits(table, { type, rules: castRulesOf(options), source });
}

async function explained(given: ColumnComparison, column: ExpectedColumn, source: string) {
  const misfits = await misfitsOf(given, column, source);
  return explainMisfits(misfits, { type: column.type, options: given.options });
}

function samplesOf(texts: readonly string[]): string[] {
  return [...new Set(texts)].slice(0, 3).map((text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text));
}

function rounded(share: number): number {
  return Number(share.toFixed(4));
}
