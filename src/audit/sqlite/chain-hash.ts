import { hash } from 'node:crypto';
import type { Hash } from '../../domain/hash.ts';
import { firstLinkText, nextLinkText } from '../../domain/run-export.ts';

/** What the first event of a run is chained to: it binds the chain to its run id, so that runs cannot be swapped. */
export function firstLink(runId: string): Hash {
  return sha256(firstLinkText(runId));
}

/** `canonical` is the event's canonical JSON. */
export function nextLink(previous: Hash, canonical: string): Hash {
  return sha256(nextLinkText(previous, canonical));
}

export function sha256(text: string): Hash {
  return hash('sha256', text, 'hex');
}

const hashPattern = /^[0-9a-f]{64}$/;

export function isHash(value: unknown): value is Hash {
  // The length first: this is asked some twenty times a turn, and most other strings are not of this length.
  return typeof value === 'string' && value.length === 64 && hashPattern.test(value);
}
