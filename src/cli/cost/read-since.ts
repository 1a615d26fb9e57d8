import { InvalidArgumentError } from 'commander';

const unitMs = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/** `7d` before now, or the beginning of a day (UTC); milliseconds since 1970. */
export function readSince(text: string, nowMs: number): number {
  const [, count, unit] = /^(\d+)([hdw])$/.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * unitMs[unit as keyof typeof unitMs];
  const atMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // A day that no month has (2026-02-30) is parsed as another one.
  if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError('It must be a time such as 12h, 7d or 2w, or a day such as 2026-11-01.');
  return atMs;
}
