import { IcebergError } from '../iceberg-error.ts';
import { type PrimitiveParts, primitiveParts } from '../schema/primitive-type.ts';
import { daysOfCivil } from './civil-date.ts';
import type { Value } from './value.ts';

/**
 * The value of a text as DuckDB prints it: `12.30`, `2024-02-29`, `0044-03-15 (BC)`, `2024-01-01 00:00:00.5+00`, `-inf`;
 * a binary as hex digits.
 * @throws IcebergError INVALID when the text is no such value, or has none in the format (an infinite date).
 */
export function parseValue(type: string, text: string): Value {
  const parts = primitiveParts(type);
  const value = parsers[parts.kind](text, parts);
  if (value !== undefined) return value;
  throw new IcebergError('INVALID', `"${text}" is no value of the type ${type}.`);
}

type Parser = (text: string, parts: PrimitiveParts) => Value | undefined;

const parsers: Readonly<Record<PrimitiveParts['kind'], Parser>> = {
  boolean: (text) => ({ true: true, '1': true, false: false, '0': false })[text],
  int: (text) => (/^-?\d+$/.test(text) ? Number(text) : undefined),
  long: (text) => (/^-?\d+$/.test(text) ? BigInt(text) : undefined),
  float: (text) => floatOf(text),
  double: (text) => floatOf(text),
  decimal: (text, { scale }) => unscaled(text, scale),
  date: (text) => dayOf(text),
  time: (text) => timeOf(text),
  timestamp: (text) => instantOf(text),
  timestamptz: (text) => instantOf(text),
  string: (text) => text,
  uuid: (text) => (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text) ? text.toLowerCase() : undefined),
  binary: (text) => bytesOf(text),
  fixed: (text) => bytesOf(text),
};

function floatOf(text: string): number | undefined {
  const special: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity, nan: Number.NaN };
  if (Object.hasOwn(special, text)) return special[text];
  return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function unscaled(text: string, scale: number): bigint | undefined {
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text);
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  if (!match || whole + fraction === '' || fraction.length > scale) return undefined;
  return BigInt(`${sign}${whole}${fraction.padEnd(scale, '0')}`);
}

const datePattern = /^(\d+)-(\d\d)-(\d\d)/;

function dayOf(text: string): number | undefined {
  const match = datePattern.exec(text);
  const rest = text.slice(match?.[0].length ?? 0);
  if (!match || (rest !== '' && rest !== ' (BC)')) return undefined;
  const year = rest === '' ? Number(match[1]) : 1 - Number(match[1]);
  return daysOfCivil({ year, month: Number(match[2]), day: Number(match[3]) });
}

const timePattern = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;

function timeOf(text: string): bigint | undefined {
  const match = timePattern.exec(text);
  if (!match) return undefined;
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
  return BigInt(seconds) * 1_000_000n + BigInt((match[4] ?? '').padEnd(6, '0'));
}

const instantPattern =
  /^(\d+-\d\d-\d\d)( \(BC\))?(?:[ T]([\d:.]+))?(?:(Z)|([+-]\d\d)(?::?(\d\d))?)?( \(BC\))?$/;

function instantOf(text: string): bigint | undefined {
  const match = instantPattern.exec(text);
  if (!match) return undefined;
  const day = dayOf(`${match[1] ?? ''}${match[2] ?? match[7] ?? ''}`);
  const time = timeOf(match[3] ?? '00:00:00');
  if (day === undefined || time === undefined) return undefined;
  return BigInt(day) * microsOfDay + time - offsetMicros(match[5], match[6]);
}

export const microsOfDay = 86_400_000_000n;

function offsetMicros(hours: string | undefined, minutes: string | undefined): bigint {
  if (hours === undefined) return 0n;
  const total = Math.abs(Number(hours)) * 60 + Number(minutes ?? 0);
  return BigInt(hours.startsWith('-') ? -total : total) * 60_000_000n;
}

function bytesOf(text: string): Uint8Array | undefined {
  return /^([\da-f]{2})*$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}
