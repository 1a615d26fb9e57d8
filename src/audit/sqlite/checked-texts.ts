import type { Hash } from '../../domain/hash.ts';
import type { AuditFile } from './audit-log.ts';
import { BlobStore } from './blob-store.ts';
import { examineBlob } from './read-blob.ts';
import { RedactedTexts } from './redacted-texts.ts';
import type { CheckedText, CheckText } from './verify-run-events.ts';

/** Texts that many events name (tool definitions, frames) are read and hashed once. */
export function checkedTexts(log: AuditFile): CheckText {
  const blobs = new BlobStore(log.database);
  const redactions = new RedactedTexts(log.database);
  const known = new Map<Hash, CheckedText>();
  return (hash) => {
    const before = known.get(hash);
    if (before) return before;
    const { checked, length } = check(hash, { blobs, redactions });
    // A long text is read again rather than kept.
    if (length < keptBelowCharacters) remember(known, hash, checked);
    return checked;
  };
}

const keptBelowCharacters = 4_096;
const keptAtMost = 1_000;

function remember(known: Map<Hash, CheckedText>, hash: Hash, checked: CheckedText): void {
  if (known.size >= keptAtMost) known.clear();
  known.set(hash, checked);
}

interface Texts {
  readonly blobs: BlobStore;
  readonly redactions: RedactedTexts;
}

function check(hash: Hash, { blobs, redactions }: Texts): { checked: CheckedText; length: number } {
  const blob = blobs.find(hash);
  if (!blob) return { checked: { problem: `the text under ${hash} is not in the log` }, length: 0 };
  const found = examineBlob(blob, redactions);
  if (found === undefined) return { checked: { problem: changedText(hash) }, length: 0 };
  if ('redacted' in found) return { checked: { redacted: true }, length: 0 };
  const { text } = found;
  return { checked: { text: () => text }, length: text.length };
}

export const changedText = (hash: Hash): string =>
  `the text under ${hash} was changed: it has another hash now`;
