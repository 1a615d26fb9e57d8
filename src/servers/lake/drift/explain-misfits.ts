import { guessDateFormats } from '../sources/guess-date-format.ts';
import { sniffColumn } from '../sources/sniff-type.ts';
import type { SourceOptions } from '../sources/source.ts';

/** What values are that are not of the contract's type, and what would let them in. */
export interface MisfitReading {
  /** In words, e.g. `numbers with a decimal comma`. */
  readonly what: string;
  readonly suggestion?: { readonly options?: Record<string, unknown>; readonly type?: string };
}

/** So many of the values must be alike to be called something. */
const leastShare = 0.8;

/** Undefined: text of no kind that is known. */
export function explainMisfits(
  misfits: readonly string[],
  { type, options }: { type: string; options: SourceOptions },
): MisfitReading | undefined {
  const texts = misfits.map((text) => text.trim());
  if (texts.length === 0) return undefined;
  if (/^(DATE|TIMESTAMP)$/.test(type)) return explainDates(texts, options);
  if (/^(SMALLINT|INTEGER|BIGINT|DOUBLE|DECIMAL)/.test(type)) return explainNumbers(texts, { type, options });
  return areMostly(texts, (text) => text.length > 0) ? { what: sniffedName(texts) } : undefined;
}

function areMostly(texts: readonly string[], test: (text: string) => boolean): boolean {
  return texts.filter(test).length >= leastShare * texts.length;
}

const commaNumber = /^[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+$/;
const pointNumber = /^[+-]?(\d{1,3}(,\d{3})+|\d+)\.\d+$|^[+-]?\d{1,3}(,\d{3})+$/;
const plainNumber = /^[+-]?\d+(\.\d+)?$/;
const suffixed = /^[+-]?[\d.,]+\s*(?<unit>[^\d\s.,][^\d]{0,11})$/;
const prefixed = /^(?<unit>[^\d\s.,+-][^\d]{0,7}?)\s*[+-]?[\d.,]+$/;

function explainNumbers(
  texts: readonly string[],
  { type, options }: { type: string; options: SourceOptions },
): MisfitReading | undefined {
  if (options.decimal_separator !== ',' && areMostly(texts, (text) => commaNumber.test(text))) {
    return { what: 'numbers with a decimal comma', suggestion: { options: { decimal_separator: ',' } } };
  }
  if (options.decimal_separator === ',' && areMostly(texts, (text) => pointNumber.test(text))) {
    return { what: 'numbers with a decimal point', suggestion: { options: { decimal_separator: '.' } } };
  }
  if (areMostly(texts, (text) => plainNumber.test(text))) return widerNumber(texts, type);
  if (areMostly(texts, (text) => suffixed.test(text) || prefixed.test(text))) {
    return { what: `numbers with a unit (${unitsOf(texts).join(', ')})`, suggestion: { type: 'VARCHAR' } };
  }
  return { what: sniffedName(texts), suggestion: { type: 'VARCHAR' } };
}

function widerNumber(texts: readonly string[], type: string): MisfitReading {
  const wider = sniffColumn(texts).type;
  const isWhole = texts.every((text) => /^[+-]?\d+$/.test(text));
  const what = isWhole ? `numbers outside of ${type}` : `numbers with more decimals than ${type} has`;
  return { what, suggestion: { type: wider } };
}

function unitsOf(texts: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const unit = (suffixed.exec(text) ?? prefixed.exec(text))?.groups?.['unit']?.trim();
    if (unit !== undefined) counts.set(unit, (counts.get(unit) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, 5)
    .map(([unit]) => unit);
}

const times: readonly (readonly [RegExp, string])[] = [
  [/[ T]\d{1,2}:\d{2}:\d{2}$/, ' %H:%M:%S'],
  [/[ T]\d{1,2}:\d{2}$/, ' %H:%M'],
];

function explainDates(texts: readonly string[], options: SourceOptions): MisfitReading | undefined {
  if (areMostly(texts, (text) => /^\d{4}-\d{2}-\d{2}([T ]|$)/.test(text)))
    return dateReading('%Y-%m-%d', options);
  if (areMostly(texts, (text) => /^(19|20)\d{6}$/.test(text))) return dateReading('%Y%m%d', options);
  if (areMostly(texts, (text) => /^\d{10}$|^\d{13}$/.test(text))) {
    return { what: 'seconds or milliseconds since 1970', suggestion: { type: 'BIGINT' } };
  }
  const time = times.find(([pattern]) => areMostly(texts, (text) => pattern.test(text)));
  const days = time ? texts.map((text) => text.replace(time[0], '')) : texts;
  const { formats, ambiguous } = guessDateFormats(days);
  const matched = areMostly(days, (day) => /^\d{1,4}[./-]\d{1,2}[./-]\d{2,4}$/.test(day));
  if (!matched || formats[0] === undefined)
    return { what: sniffedName(texts), suggestion: { type: 'VARCHAR' } };
  const found = dateReading(`${formats[0]}${time?.[1] ?? ''}`, options);
  return ambiguous ? { ...found, what: `${found.what}, day and month cannot be told apart` } : found;
}

/** The formats that the contract has stay: other columns may need them. */
function dateReading(format: string, { date_format: agreed = [] }: SourceOptions): MisfitReading {
  const known = typeof agreed === 'string' ? [agreed] : agreed;
  const all = [format, ...known.filter((one) => one !== format)];
  return {
    what: `dates as ${format}`,
    suggestion: { options: { date_format: all.length === 1 ? format : all } },
  };
}

function sniffedName(texts: readonly string[]): string {
  const { type } = sniffColumn(texts);
  return type === 'VARCHAR' ? 'text' : `values like ${type}`;
}
