import type { Database, Statement } from 'better-sqlite3';
import type { Hash } from '../../domain/hash.ts';
import type { RedactedText } from '../../domain/run-export.ts';
import { LogError } from '../../errors/index.ts';
import { sha256 } from './chain-hash.ts';

interface RedactionRow extends RedactedText {
  readonly hash: Buffer;
}

/** What stands in the place of a redacted text. The trigger of version 3 lets no other text in. */
export function markerOf({ salt, digest }: Pick<RedactedText, 'salt' | 'digest'>): Buffer {
  return Buffer.from(`{"redacted":{"digest":"${digest}","salt":"${salt}"}}`, 'utf8');
}

export const digestOf = (salt: string, text: string): Hash => sha256(salt + text);

/** What is written down of the texts that were taken out. */
export class RedactedTexts {
  readonly #select: Statement<[number], RedactionRow>;

  constructor(database: Database) {
    this.#select = database.prepare('SELECT hash, salt, digest, at, by, why FROM redactions WHERE blob = ?');
  }

  /** The redaction that this body is the marker of. A body that nobody announced is no redaction: it was changed. */
  of(blob: { readonly id: number; readonly hash: Buffer; readonly body: Buffer }): RedactedText | undefined {
    const row = this.#select.all(blob.id).find((one) => markerOf(one).equals(blob.body));
    if (!row?.hash.equals(blob.hash)) return undefined;
    const { salt, digest, at, by, why } = row;
    return { salt, digest, at, by, why };
  }
}

export function redactedHere(hash: Hash, { at, by, why }: RedactedText): LogError {
  const day = new Date(at).toISOString().slice(0, 10);
  return new LogError({
    code: 'TEXT_REDACTED',
    message: `The text under ${hash} was redacted on ${day} by ${by}: ${why}.`,
    hint: 'what needs it cannot be done from this log any more; a live run can.',
    details: { hash, at, by, why },
  });
}
