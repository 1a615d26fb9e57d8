/** A number with all its digits: `units` of `10 ** -places`. A double is the number that it prints as. */
export interface ExactNumber {
  readonly units: bigint;
  readonly places: number;
}

const spelling = /^([+-]?)(\d*)(?:[.](\d*))?(?:e([+-]?\d{1,3}))?$/i;

/** Large numbers come as texts from the database; undefined for what is no number. */
export function exactNumber(value: unknown): ExactNumber | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = spelling.exec(String(value)) ?? [];
  if (whole + fraction === '') return undefined;
  const places = fraction.length - Number(exponent);
  const units = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  return places >= 0 ? { units, places } : { units: units * 10n ** BigInt(-places), places: 0 };
}

/** Below zero when `a` is the smaller one. */
export function compareExactly(a: ExactNumber, b: ExactNumber): number {
  const places = Math.max(a.places, b.places);
  const [left, right] = [a, b].map((one) => one.units * 10n ** BigInt(places - one.places)) as [
    bigint,
    bigint,
  ];
  return left < right ? -1 : Number(left > right);
}
