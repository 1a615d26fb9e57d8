// What a person reads of a value in a file: by the words of YAML, not by those of the schema.

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

/** The kind that a zod issue expects: `must be a list`. */
export const kindInWords = (expected: string): string => kinds[expected] ?? expected;

/** What is there instead: `not the text "5"`, `not empty`, `not 5`. */
export function valueInWords(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? `the text "${value}"` : String(value);
}
