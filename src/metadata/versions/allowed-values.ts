import type { QualityRule } from '../lake/rule-shape.ts';

/** The values that the comparison of a rule lets through. */
export interface Allowed {
  readonly words: string;
  /** Numbers at which the comparison may change its mind. */
  readonly limits: readonly number[];
  readonly texts: readonly string[];
  holds(value: number | string): boolean;
}

export function allowedBy(rule: QualityRule): Allowed {
  return (
    equality(rule) ??
    order(rule) ??
    range(rule) ?? { words: 'anything', limits: [], texts: [], holds: () => true }
  );
}

function equality({ mustBe, mustNotBe }: QualityRule): Allowed | undefined {
  const wanted = mustBe ?? mustNotBe;
  if (wanted === undefined) return undefined;
  const isEqual = mustBe !== undefined;
  return {
    words: `${isEqual ? 'mustBe' : 'mustNotBe'} ${JSON.stringify(wanted)}`,
    limits: typeof wanted === 'number' ? [wanted] : [],
    texts: typeof wanted === 'string' ? [wanted] : [],
    holds: (value) => (String(value) === String(wanted)) === isEqual,
  };
}

const orders = {
  mustBeGreaterThan: (value: number, limit: number) => value > limit,
  mustBeGreaterOrEqualTo: (value: number, limit: number) => value >= limit,
  mustBeLessThan: (value: number, limit: number) => value < limit,
  mustBeLessOrEqualTo: (value: number, limit: number) => value <= limit,
} as const;

function order(rule: QualityRule): Allowed | undefined {
  for (const [name, compare] of Object.entries(orders)) {
    const limit = rule[name];
    if (typeof limit !== 'number') continue;
    return {
      words: `${name} ${limit}`,
      limits: [limit],
      texts: [],
      holds: (value) => typeof value === 'number' && compare(value, limit),
    };
  }
  return undefined;
}

function range({ mustBeBetween: inside, mustNotBeBetween: outside }: QualityRule): Allowed | undefined {
  const bounds = inside ?? outside;
  if (!bounds) return undefined;
  const [low, high] = bounds;
  return {
    words: `${inside ? 'mustBeBetween' : 'mustNotBeBetween'} ${low} and ${high}`,
    limits: [low, high],
    texts: [],
    holds: (value) => typeof value === 'number' && (value >= low && value <= high) === (inside !== undefined),
  };
}
