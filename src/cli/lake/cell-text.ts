import type { Json } from '../../domain/json.ts';

/** A value on one line of a terminal: exact, and not to be taken for another one. */
export function cellText(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return isAmbiguous(value) ? JSON.stringify(value) : value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** An empty text, one that looks like nothing at all, and one whose ends nobody sees. */
const isAmbiguous = (text: string): boolean => text === '' || text === 'null' || text !== text.trim();

/**
 * Signs that a terminal obeys, or that nobody sees, by their numbers: control characters, line ends, those that turn the
 * direction of the text, those without width.
 */
export function onOneLine(text: string): string {
  return text.replaceAll(hidden, (sign) => names[sign] ?? escaped(sign));
}

const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(sign: string): string {
  const code = (sign.codePointAt(0) ?? 0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`;
}

/** JSON of one line that a terminal shows and does not obey: the same value for every reader. */
export function jsonText(value: Json): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value as JSON has it: a number where JSON's numbers hold it exactly, otherwise its text. `type` as DuckDB writes it. */
export function jsonValue(value: Json, type: string): Json {
  return typeof value === 'string' && exactTypes.test(type) ? numberIfExact(value) : value;
}

function numberIfExact(text: string): Json {
  return text.replace(/[-.]/g, '').length <= 15 ? Number(text) : text;
}

const exactTypes = /^(U?BIGINT|U?HUGEINT|DECIMAL\(\d+,\d+\))$/;

export function isNumeric(type: string): boolean {
  return exactTypes.test(type) || /^(U?(TINY|SMALL)INT|U?INTEGER|FLOAT|DOUBLE)$/.test(type);
}
