/** A value of a record that was read from JSON, XML, a sheet or Parquet. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
export type ValueObject = { readonly [key: string]: Value };

/** Not in lib.es2024 yet; in Node since 21. */
interface SourceTextJson {
  rawJSON(text: string): Value;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
  parse(text: string, reviver: (key: string, value: Value, context: { source?: string }) => Value): Value;
}
const sourceTextJson = JSON as unknown as SourceTextJson;

export function isValueObject(value: Value | undefined): value is ValueObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !sourceTextJson.isRawJSON(value);
}

/** Numbers with more digits than a double holds (ids, GTINs with checks), and those beyond its range, keep their text. */
export function parseExactly(text: string): Value {
  if (!mayHoldNoDouble.test(text)) return JSON.parse(text) as Value;
  return sourceTextJson.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isDouble(value, source)
      ? sourceTextJson.rawJSON(source)
      : value,
  );
}

const mayHoldNoDouble = /\d[\d.]{15}|[eE][+-]?\d{3}/;

function isDouble(value: number, source: string): boolean {
  if (String(value) === source) return true;
  if (!Number.isFinite(value)) return false;
  const digits = source.replace(/[eE].*$/, '').replace(/\D/g, '');
  return value === 0 ? /^0*$/.test(digits) : digits.length < 16;
}

/** Why `parseExactly` threw, in words of our own: an engine's wording changes with its version, and models are sent this. */
export function jsonFault(error: unknown): string {
  const words = error instanceof Error ? error.message : '';
  const position = /position (\d+)/.exec(words)?.[1];
  if (/end of JSON|unterminated/i.test(words)) return 'the JSON ends too early';
  return position === undefined ? 'not valid JSON' : `not valid JSON at character ${Number(position) + 1}`;
}

/** The text of a value as a cell: scalars plainly, objects and arrays as JSON. */
export function cellText(value: Value | undefined, decimalSeparator?: string): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(String(value), decimalSeparator);
  if (typeof value === 'boolean') return String(value);
  if (sourceTextJson.isRawJSON(value)) return numberText(value.rawJSON, decimalSeparator);
  return JSON.stringify(value);
}

/** A number of the format itself is no matter of the feed's habits: it is spelt the way the cast expects it. */
function numberText(text: string, decimalSeparator: string | undefined): string {
  return decimalSeparator === ',' ? text.replace('.', ',') : text;
}
