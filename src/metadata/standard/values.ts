import { fullFormats } from 'ajv-formats/dist/formats.js';
import { z } from 'zod';

/** The plain values of the Open Data Contract Standard 3.1. Formats are those of JSON Schema, by the library that knows them. */

type FormatName = 'uri' | 'date' | 'date-time';

function holds(name: FormatName, text: string): boolean {
  const format: unknown = fullFormats[name];
  const check: unknown =
    typeof format === 'object' && format !== null && 'validate' in format ? format.validate : format;
  return typeof check === 'function' && check(text) === true;
}

const formatted = (name: FormatName, message: string) =>
  z.string().refine((text) => holds(name, text), message);

export const text = z.string().optional();
export const truth = z.boolean().optional();
export const number = z.number();
/** `1.0` is whole, and so is what is larger than a program can count to. */
export const wholeNumber = z.number().refine(Number.isInteger, 'a whole number is needed');
export const count = wholeNumber.refine((value) => value >= 0, 'a number from 0 on is needed');
export const address = formatted('uri', 'an address with its scheme is needed, as https://example.com/data');
export const day = formatted('date', 'a day is needed, as 2026-01-31');
export const instant = formatted(
  'date-time',
  'an instant with its time zone is needed, as 2026-01-31T08:00:00Z',
);
export const texts = z.array(z.string());
export const anyValue = z.json();
export const anyObject = z.record(z.string(), z.json());
export const plainValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const stableId = z.string().regex(/^[A-Za-z0-9_-]+$/, 'only letters, digits, - and _');
