/** What a column's values are like, apart from what they are. */
export interface ValueProfile {
  readonly distinct: ReadonlySet<string>;
  /** Share of each form: `LH-10100` is `A-9`, a number is its order of magnitude. */
  readonly forms: ReadonlyMap<string, number>;
  /** Distinct values per value: 1 for a key, near 0 for a class. */
  readonly variety: number;
  readonly count: number;
}

export function profileValues(values: readonly string[], type: string): ValueProfile {
  const formOf = isNumeric(type) ? magnitudeOf : shapeOf;
  const forms = new Map<string, number>();
  for (const value of values) forms.set(formOf(value), (forms.get(formOf(value)) ?? 0) + 1 / values.length);
  const distinct = new Set(values);
  return {
    distinct,
    forms,
    variety: values.length === 0 ? 0 : distinct.size / values.length,
    count: values.length,
  };
}

function isNumeric(type: string): boolean {
  return /^(SMALLINT|INTEGER|BIGINT|DOUBLE|DECIMAL)/.test(type);
}

function magnitudeOf(value: string): string {
  const number = Math.abs(Number(value));
  return number < 1 ? '<1' : String(Math.floor(Math.log2(number)));
}

/** Long numbers keep their length: a GTIN is no stock. */
function shapeOf(value: string): string {
  return value
    .slice(0, 60)
    .replace(/\p{Lu}+/gu, 'A')
    .replace(/\p{L}+/gu, (letters) => (letters === 'A' ? 'A' : 'a'))
    .replace(/\d+/g, (digits) => (digits.length < 8 ? '9' : `9{${digits.length}}`))
    .replace(/\s+/g, ' ');
}

/** Share of the distinct values on the left that are known on the right. */
export function knownShare(values: ValueProfile, known: ValueProfile): number {
  if (values.distinct.size === 0) return 0;
  let found = 0;
  for (const value of values.distinct) if (known.distinct.has(value)) found += 1;
  return found / values.distinct.size;
}

/** 1 for the same forms in the same shares; free text has as many forms as values and says little. */
export function formLikeness(a: ValueProfile, b: ValueProfile): number {
  let shared = 0;
  for (const [form, share] of a.forms) shared += Math.min(share, b.forms.get(form) ?? 0);
  return shared;
}

/** 0 to 1: values that are known weigh most, then the forms, then whether it is a key or a class. */
export function contentLikeness(values: ValueProfile, known: ValueProfile): number {
  if (values.count === 0 || known.count === 0) return 0;
  const alike = 0.75 * formLikeness(values, known) + 0.25 * (1 - Math.abs(values.variety - known.variety));
  return Math.max(alike * 0.85, 0.6 * knownShare(values, known) + 0.4 * alike);
}
