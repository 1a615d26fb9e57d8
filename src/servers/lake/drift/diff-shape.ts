import { standardRejectedShare } from '../../../metadata/rejected-share.ts';
import { LakeFailure } from '../lake-failure.ts';
import { detectEncoding } from '../sources/detect-encoding.ts';
import { detectFormat } from '../sources/detect-format.ts';
import { type FileFacts, readFileFacts } from '../sources/file-facts.ts';
import type { SourceOptions } from '../sources/source.ts';
import type { TableStore } from '../storage/table-store.ts';
import { compareColumns } from './compare-columns.ts';
import { castRulesOf, type ExpectedFeed } from './expected-feed.ts';
import { type FoundReading, findReading, formatInside, readHeadOf } from './find-reading.ts';
import { isTooMany } from './is-too-many.ts';
import { readKnownValues } from './known-values.ts';
import { MeasuredColumns } from './measured-columns.ts';
import type { SampledReading } from './read-sample.ts';
import { resolveColumns } from './resolve-columns.ts';
import { type SampledFile, sampleFile } from './sample-file.ts';
import type { ShapeChange } from './shape-change.ts';

export interface ShapeDiff {
  readonly facts: FileFacts;
  readonly changes: readonly ShapeChange[];
  /** What was looked at: false is parts spread over the file. */
  readonly whole: boolean;
  readonly records: number;
  /** Undefined: nothing could be read. */
  readonly reading: SampledReading | undefined;
}

interface ToDiff {
  readonly file: { readonly absolute: string; readonly path: string };
  readonly expected: ExpectedFeed;
  /** A loaded table whose rows the file is compared with. */
  readonly table?: string | undefined;
}

/**
 * How the file differs from what the contract says of it. The same file, contract and table give the same answer.
 * Time and memory do not grow with the file, but for its hash: at most 8 MiB of a text file and 20,000 records are judged.
 * @throws LakeFailure for a type that the lake does not have.
 */
export async function diffShape(store: TableStore, { file, expected, table }: ToDiff): Promise<ShapeDiff> {
  const facts = await readFileFacts(file.absolute);
  const nothing = { facts, whole: true, records: 0, reading: undefined };
  if (facts.bytes === 0) return { ...nothing, changes: [emptyFile('the file has 0 bytes', true)] };
  const { columns: _, ...agreed } = expected.options ?? {};
  const head = await readHeadOf(file.absolute);
  const sampled = await sampleFile(file.absolute, samplingOf(file.path, { facts, head, agreed }));
  try {
    const place = { absolute: sampled.absolute, path: file.path, facts, head };
    const columns = resolveColumns(expected);
    const found = await findReading(place, {
      agreed: encodingSaid(agreed, { sampled, facts, head }),
      expected: columns,
    });
    const changes = await changesOf(store, { found: withAgreedEncoding(found, agreed), expected, table });
    const { reading } = found;
    return { facts, changes, whole: sampled.whole, records: reading.sample.read, reading };
  } catch (error) {
    if (!(error instanceof LakeFailure)) throw error;
    return { ...nothing, whole: sampled.whole, changes: [unreadable(error)] };
  } finally {
    await sampled.remove();
  }
}

function emptyFile(detail: string, breaking: boolean): ShapeChange {
  return { kind: 'empty', evidence: { records: 0, detail }, breaking };
}

function unreadable({ problem }: LakeFailure): ShapeChange {
  return { kind: 'unreadable', evidence: { detail: problem }, breaking: true };
}

/** Only lines can be taken out of the middle of a file; the other formats are read whole, and have a limit of their own. */
function samplingOf(
  path: string,
  { facts, head, agreed }: { facts: FileFacts; head: Buffer; agreed: SourceOptions },
): { bytes: number; unitBytes: 1 | 2 } {
  const format = formatInside({ path, head }) ?? detectFormat(path, head);
  const hasLines = format === 'csv' || format === 'ndjson';
  const isLined = hasLines && (agreed.format === undefined || agreed.format === format);
  const { encoding } = detectEncoding(head, facts);
  return { bytes: isLined ? facts.bytes : 0, unitBytes: encoding.startsWith('utf-16') ? 2 : 1 };
}

/** Of a sample nobody could tell the encoding as well as of the whole file. */
function encodingSaid(
  agreed: SourceOptions,
  { sampled, facts, head }: { sampled: SampledFile; facts: FileFacts; head: Buffer },
): SourceOptions {
  if (sampled.whole || agreed.encoding !== undefined) return agreed;
  return { ...agreed, encoding: detectEncoding(head, facts).encoding };
}

/** What the contract leaves open has not changed. */
function withAgreedEncoding(found: FoundReading, { encoding }: SourceOptions): FoundReading {
  if (encoding !== undefined) return found;
  return { ...found, changed: found.changed.filter(({ option }) => option !== 'encoding') };
}

/** Bytes can be read as a CSV of one odd column, whatever they are. */
const notThisFeed: ShapeChange = {
  kind: 'unreadable',
  evidence: { records: 0, detail: 'no records, and none of the columns of the contract' },
  breaking: true,
};

/** With fewer whole records, what their columns hold means nothing. */
const leastRegular = 0.7;

async function changesOf(
  store: TableStore,
  { found, expected, table }: { found: FoundReading; expected: ExpectedFeed; table: string | undefined },
): Promise<ShapeChange[]> {
  const { reading } = found;
  const cutting = found.changed.map((change) => optionChange(change, reading));
  const whole = reading.sample.kept.filter(({ fault }) => fault === undefined);
  const broken = brokenRecords(reading, expected.max_rejected_share ?? standardRejectedShare);
  if (reading.regular < leastRegular && reading.sample.read > 0) return [...cutting, ...broken];
  if (reading.present === 0 && reading.sample.read === 0) return [...cutting, notThisFeed];
  const columns = resolveColumns(expected);
  const scratch = await store.scratch(reading.columns.length, inOneBatch(whole));
  try {
    const options = { ...expected.options, ...reading.options };
    const sample = { scratch, columns: reading.columns, rows: whole.length };
    const definition = table === undefined ? undefined : await store.findTable(table);
    const known = definition && (await readKnownValues(store, { definition, expected: columns }));
    const changes = await compareColumns({
      reading,
      options,
      expected: columns,
      ignored: expected.ignored ?? [],
      known: known ?? new Map(),
      table: sample,
      measured: new MeasuredColumns(sample, castRulesOf(options)),
      maxRejectedShare: expected.max_rejected_share ?? standardRejectedShare,
    });
    const isEmpty = reading.sample.read === 0;
    return [...cutting, ...broken, ...(isEmpty ? [emptyFile('no records', false)] : []), ...changes];
  } finally {
    await scratch.close();
  }
}

async function* inOneBatch<T>(records: readonly T[]): AsyncGenerator<readonly T[]> {
  if (records.length > 0) yield records;
}

function optionChange(
  { option, from, to }: FoundReading['changed'][number],
  { sample }: SampledReading,
): ShapeChange {
  return {
    kind: option === 'encoding' ? 'encoding' : 'dialect',
    option,
    from,
    to,
    suggestion: { options: { [option]: to } },
    evidence: {
      records: sample.kept.length,
      samples: sample.kept.slice(0, 2).map(({ raw }) => (raw.length > 100 ? `${raw.slice(0, 100)}…` : raw)),
    },
    breaking: true,
  };
}

/** Records that no reading could make whole. */
function brokenRecords({ sample }: SampledReading, share: number): ShapeChange[] {
  const faulty = sample.kept.filter(({ fault }) => fault !== undefined);
  const rows = sample.kept.length;
  if (!isTooMany(faulty.length, { rows, filled: rows, share })) return [];
  const reasons = [...new Set(faulty.map(({ fault }) => fault?.reason ?? ''))].sort();
  return [
    {
      kind: 'unreadable',
      evidence: {
        records: rows,
        samples: faulty.slice(0, 3).map(({ raw }) => (raw.length > 100 ? `${raw.slice(0, 100)}…` : raw)),
        detail: `${faulty.length} records are broken as a whole: ${reasons.join(', ')}`,
      },
      breaking: true,
    },
  ];
}
