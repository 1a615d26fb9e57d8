import { randomInt } from 'node:crypto';

/**
 * 16 letters, the time first: files of loads then have bounds that do not overlap, and the bounds in a manifest, which are cut
 * after 16 letters, are exact. The rows of one load are found by its file alone.
 */
export function newLoadId(nowMs: number): string {
  return `${nowMs.toString(36).padStart(8, '0')}${letters()}${letters()}`;
}

function letters(): string {
  return randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0');
}
