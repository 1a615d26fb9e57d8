import type { Hash } from '../../domain/hash.ts';
import { LogError } from '../../errors/index.ts';
import { decodeBlob, type EncodedBlob } from './blob-codec.ts';
import { sha256 } from './chain-hash.ts';

/** Throws LOG_CORRUPT when the text is not the one that the hash names: a wrong answer is worse than none. */
export function readBlob(blob: EncodedBlob, hash: Hash): string {
  const text = textOf(blob);
  if (text !== undefined && sha256(text) === hash) return text;
  throw new LogError({
    code: 'LOG_CORRUPT',
    message: `The text under ${hash} in the audit log is damaged.`,
    hint: 'run `aiworkflow verify` to see what else is.',
    details: { hash },
  });
}

/** Undefined when the body cannot be unpacked. */
export function textOf(blob: EncodedBlob): string | undefined {
  try {
    return decodeBlob(blob);
  } catch {
    return undefined;
  }
}
