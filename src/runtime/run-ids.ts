import { randomInt } from 'node:crypto';
import type { Ids } from '../ports/environment.ts';

/** No vowels and no look-alikes: ids are read out, typed, and must not spell words. */
const alphabet = '23456789bcdfghjkmnpqrstvwxz';
const randomLength = 8;

/** `20261120-211807-k3f9q2vz`: sorts by time (UTC), readable, 38 random bits against twins in the same second. */
export const timedRunIds: Ids = {
  runId() {
    const [date, time] = new Date().toISOString().replaceAll(/[-:]/g, '').split(/[T.]/);
    const random = Array.from({ length: randomLength }, () => alphabet[randomInt(alphabet.length)]).join('');
    return `${date}-${time}-${random}`;
  },
};
