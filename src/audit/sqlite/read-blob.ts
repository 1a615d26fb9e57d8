import type { Hash } from '../../domain/hash.ts';
import type { RedactedText } from '../../domain/run-export.ts';
import { LogError } from '../../errors/index.ts';
import { decodeBlob, type EncodedBlob } from './blob-codec.ts';
import type { StoredBlob } from './blob-store.ts';
import { sha256 } from './chain-hash.ts';
import { type RedactedTexts, redactedHere } from './redacted-texts.ts';

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

/** Throws TEXT_REDACTED, with who took the text out and why, or LOG_CORRUPT. */
export function readStoredBlob(blob: StoredBlob, hash: Hash, redactions: RedactedTexts): string {
  const text = fittingText(blob, hash);
  if (text !== undefined) return text;
  const redacted = redactions.of(blob);
  if (redacted) throw redactedHere(hash, redacted);
  return readBlob(blob, hash);
}

/** A text, what stands for a text that was taken out, or neither: then the blob was changed. */
export function examineBlob(
  blob: StoredBlob,
  redactions: RedactedTexts,
): { readonly text: string } | { readonly redacted: RedactedText } | undefined {
  const text = fittingText(blob, blob.hash.toString('hex'));
  if (text !== undefined) return { text };
  const redacted = redactions.of(blob);
  return redacted && { redacted };
}

/** Undefined when the body cannot be unpacked. */
export function textOf(blob: EncodedBlob): string | undefined {
  try {
    return decodeBlob(blob);
  } catch {
    return undefined;
  }
}

function fittingText(blob: EncodedBlob, hash: Hash): string | undefined {
  const text = textOf(blob);
  return text !== undefined && sha256(text) === hash ? text : undefined;
}
