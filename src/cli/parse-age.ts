import { InvalidArgumentError } from 'commander';

const unitMs: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** `90d`, `12h`, `30m`, `2w` in milliseconds. */
export function parseAge(text: string): number {
  const [, count, unit = ''] = /^(\d+)([mhdw])$/.exec(text.trim()) ?? [];
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN);
  if (!Number.isSafeInteger(ms))
    throw new InvalidArgumentError('Write a whole number and a unit: 90d, 12h, 30m or 2w.');
  return ms;
}
