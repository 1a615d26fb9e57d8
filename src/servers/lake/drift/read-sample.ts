import { openSource } from '../sources/open-source.ts';
import { sniffColumn } from '../sources/sniff-type.ts';
import type { Source, SourceOptions } from '../sources/source.ts';
import type { ExpectedColumn } from './expected-feed.ts';
import { findSource } from './find-source.ts';
import { type RecordSample, sampleRecords } from './sample-records.ts';

/** A file as one set of options reads it. */
export interface SampledReading {
  readonly options: SourceOptions;
  readonly source: Source;
  /** What was read of each record, in the order of the cells. */
  readonly columns: readonly string[];
  readonly sample: RecordSample;
  /** How well the reading fits the contract: 0 to 1. */
  readonly score: number;
  /** Share of the contract's columns that are there by name (without header: by width). */
  readonly present: number;
  /** Share of the records that are whole. */
  readonly regular: number;
  /** Values of a column as they stand in the file, at most 2,000, spread over the sample. */
  textsOf(source: string): string[];
  /** The type that the column looks like by itself. */
  sniffedType(source: string): string;
}

const mostColumns = 1000;

/** @throws LakeFailure when the file cannot be read with these options. */
export async function readSample(
  file: { readonly absolute: string; readonly path: string },
  { options, expected }: { options: SourceOptions; expected: readonly ExpectedColumn[] },
): Promise<SampledReading> {
  const source = await openSource(file, options);
  const found = expected.map((column) => column.source !== null && findSource(source, column.source));
  const wanted = found.filter((name): name is string => typeof name === 'string');
  const columns = [...new Set([...source.columns.slice(0, mostColumns), ...wanted])];
  const sample = await sampleRecords(source.read(columns).batches);
  const present = presentShare(source, { expected, found: wanted.length });
  const regular = regularShare(sample);
  const score = 0.7 * present + 0.3 * regular;
  const textsOf = (name: string): string[] => textsIn(sample, columns.indexOf(name));
  return {
    options,
    source,
    columns,
    sample,
    present,
    regular,
    score,
    textsOf,
    sniffedType: typeSniffer(textsOf),
  };
}

/** Without header a name says nothing but a place: there the width is compared, and counts a little less. */
function presentShare(
  { shape, columns }: Source,
  { expected, found }: { expected: readonly ExpectedColumn[]; found: number },
): number {
  const wanted = expected.filter(({ source }) => source !== null);
  if (wanted.length === 0) return 1;
  const byName = (found / wanted.length) * (1 - quotedShare(columns) / 2);
  if (shape.dialect?.header !== false || byName === 1) return byName;
  const [fewer = 0, more = 0] = [columns.length, expected.length].sort((a, b) => a - b);
  return more === 0 ? 0 : (0.8 * fewer) / more;
}

/** `'sku'` is found as `sku`, but whoever reads it so has overlooked the quotes. */
function quotedShare(columns: readonly string[]): number {
  const quoted = columns.filter((name) => /^(['"`]).+\1$/.test(name)).length;
  return columns.length === 0 ? 0 : quoted / columns.length;
}

function regularShare({ kept }: RecordSample): number {
  if (kept.length === 0) return 0;
  return kept.filter(({ fault }) => fault === undefined).length / kept.length;
}

function textsIn({ kept }: RecordSample, index: number): string[] {
  const stride = Math.max(1, Math.floor(kept.length / 1000));
  return kept.flatMap((record, at) => {
    const cell = at % stride === 0 && record.fault === undefined ? record.cells[index] : null;
    return cell === null || cell === undefined || cell.trim() === '' ? [] : [cell];
  });
}

function typeSniffer(textsOf: (name: string) => string[]): (name: string) => string {
  const sniffed = new Map<string, string>();
  return (name) => {
    const type = sniffed.get(name) ?? sniffColumn(textsOf(name).map((text) => text.trim())).type;
    sniffed.set(name, type);
    return type;
  };
}
