import { LakeFailure } from '../lake-failure.ts';
import { detectEncoding } from '../sources/detect-encoding.ts';
import { detectFormat } from '../sources/detect-format.ts';
import { type FileFacts, isLegacyText } from '../sources/file-facts.ts';
import type { Encoding, FileFormat, SourceOptions } from '../sources/source.ts';
import { readHead } from '../sources/text-stream.ts';
import type { ExpectedColumn } from './expected-feed.ts';
import { readSample, type SampledReading } from './read-sample.ts';

/** The options that say how a file is cut into records; the others say what values mean. */
const cuttingOptions = [
  'format',
  'delimiter',
  'quote',
  'escape',
  'comment',
  'trim_quotes',
  'record_separator',
  'header',
  'skip_lines',
  'record_path',
  'record_element',
  'sheet',
] as const;
type CuttingOption = (typeof cuttingOptions)[number];

export interface FoundReading {
  readonly reading: SampledReading;
  /** Options of the contract that had to give way, with what holds now. */
  readonly changed: readonly { readonly option: string; readonly from: unknown; readonly to: unknown }[];
}

export interface FileToRead {
  readonly absolute: string;
  readonly path: string;
  /** Of the whole file, also where only a sample of it is read. */
  readonly facts: FileFacts;
  readonly head: Buffer;
}

const headBytes = 64 * 1024;

export function readHeadOf(absolute: string): Promise<Buffer> {
  return readHead(absolute, headBytes);
}

/**
 * Reads the file as the contract says; if that does not fit, as it looks by itself; and then takes back every option
 * that need not have changed. What is left is what changed.
 * @throws LakeFailure when no way to read the file makes sense.
 */
export async function findReading(
  file: FileToRead,
  { agreed, expected }: { agreed: SourceOptions; expected: readonly ExpectedColumn[] },
): Promise<FoundReading> {
  const encoding = encodingIn(file, agreed);
  const asAgreed: SourceOptions = encoding === undefined ? agreed : { ...agreed, encoding };
  const attempt = (options: SourceOptions) => tryReading(file, { options, expected });
  const first = await attempt(asAgreed);
  const isGood = !(first instanceof LakeFailure) && fits(first);
  const best = isGood
    ? first
    : await bestReading(first, { asAgreed, attempt, otherFormat: formatInside(file) });
  if (best instanceof LakeFailure) throw best;
  return { reading: best, changed: changesBetween(agreed, best, encoding) };
}

/** What the content looks like where the name says otherwise: JSON that is named CSV would be read as a CSV of odd columns. */
export function formatInside({ path, head }: Pick<FileToRead, 'path' | 'head'>): FileFormat | undefined {
  const inside = detectFormat('', head);
  return inside === detectFormat(path, head) ? undefined : inside;
}

type Attempt = (options: SourceOptions) => Promise<SampledReading | LakeFailure>;

async function tryReading(
  file: FileToRead,
  how: { options: SourceOptions; expected: readonly ExpectedColumn[] },
): Promise<SampledReading | LakeFailure> {
  try {
    return await readSample(file, how);
  } catch (error) {
    if (error instanceof LakeFailure) return error;
    throw error;
  }
}

function fits({ present, regular, sample }: SampledReading): boolean {
  return present === 1 && (sample.kept.length === 0 || regular > 0.5);
}

/** So much better must another reading be: a renamed column alone is no reason to doubt the delimiter. */
const leastGain = 0.05;

async function bestReading(
  first: SampledReading | LakeFailure,
  {
    asAgreed,
    attempt,
    otherFormat,
  }: { asAgreed: SourceOptions; attempt: Attempt; otherFormat: FileFormat | undefined },
): Promise<SampledReading | LakeFailure> {
  const sniffed = withoutCutting(asAgreed);
  const readings = [await attempt(sniffed), await attempt({ ...sniffed, quote: "'" })];
  if (otherFormat !== undefined) readings.push(await attempt({ ...sniffed, format: otherFormat }));
  for (const sheet of sheetsOf(readings)) readings.push(await attempt({ ...sniffed, sheet }));
  let best = first;
  for (const reading of readings) if (scoreOf(reading) > scoreOf(best) + leastGain) best = reading;
  return best === first ? first : takeBack(best, { asAgreed, attempt });
}

function scoreOf(reading: SampledReading | LakeFailure): number {
  return reading instanceof LakeFailure ? -1 : reading.score;
}

function sheetsOf(readings: readonly (SampledReading | LakeFailure)[]): readonly string[] {
  const [first] = readings;
  if (first === undefined || first instanceof LakeFailure) return [];
  return (first.source.shape.sheets ?? []).filter((name) => name !== first.source.shape.sheet).slice(0, 20);
}

function withoutCutting(options: SourceOptions): SourceOptions {
  const kept = Object.entries(options).filter(([name]) => !cuttingOptions.includes(name as CuttingOption));
  return Object.fromEntries(kept) as SourceOptions;
}

async function takeBack(
  found: SampledReading | LakeFailure,
  { asAgreed, attempt }: { asAgreed: SourceOptions; attempt: Attempt },
): Promise<SampledReading | LakeFailure> {
  let best = found;
  for (const option of cuttingOptions) {
    if (asAgreed[option] === undefined || best instanceof LakeFailure) continue;
    if (asAgreed[option] === best.options[option]) continue;
    const reading = await attempt({ ...best.options, [option]: asAgreed[option] });
    if (scoreOf(reading) >= scoreOf(best) - 1e-9) best = reading;
  }
  return best;
}

/** What the bytes say, where they speak against the contract; plain ASCII speaks for any of them. */
export function encodingIn(
  { head, facts }: Pick<FileToRead, 'head' | 'facts'>,
  agreed: SourceOptions,
): Encoding | undefined {
  if (agreed.encoding === undefined || head.subarray(0, 4).toString('latin1') === 'PAR1')
    return agreed.encoding;
  const { encoding, bomBytes } = detectEncoding(head, facts);
  // Bytes tell UTF-8 and UTF-16; which of the other encodings it is only the contract knows.
  if (encoding === 'windows-1252' || isLegacyText(facts)) {
    const isOther = !agreed.encoding.startsWith('utf-') && agreed.encoding !== 'windows-1252';
    if (isOther && bomBytes === 0 && !facts.hasNulBytes) return agreed.encoding;
  }
  const isPlain = facts.utf8Sequences + facts.invalidUtf8Bytes === 0 && !facts.hasNulBytes && bomBytes === 0;
  return isPlain ? agreed.encoding : encoding;
}

function changesBetween(
  agreed: SourceOptions,
  { source, options }: SampledReading,
  encoding: Encoding | undefined,
): FoundReading['changed'] {
  const { dialect, record_path, record_element, sheet } = source.shape;
  const now = {
    format: source.format,
    ...dialect,
    quote: options.quote ?? dialect?.quote,
    record_path,
    record_element,
    sheet,
  };
  const cutting = cuttingOptions.flatMap((option) => {
    const [from, read] = [agreed[option], options[option]];
    const isKept = from === read;
    const to = read ?? now[option] ?? null;
    return isKept || from === to ? [] : [{ option, from: from ?? null, to }];
  });
  const isOtherEncoding = encoding !== agreed.encoding;
  return isOtherEncoding
    ? [{ option: 'encoding', from: agreed.encoding, to: encoding }, ...cutting]
    : cutting;
}
