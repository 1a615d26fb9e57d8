import type { Hash } from '../../domain/hash.ts';
import type { AuditFile } from './audit-log.ts';
import { BlobStore } from './blob-store.ts';
import { examineBlob } from './read-blob.ts';
import { RedactedTexts } from './redacted-texts.ts';
import type { CheckedText, CheckText } from './verify-run-events.ts';

/** Texts that many events name (tool definitions, frames, messages) are read and hashed once in a verification. */
export function checkedTexts(log: AuditFile): CheckText {
  const texts: Texts = { blobs: new BlobStore(log.database), redactions: new RedactedTexts(log.database) };
  const known = new Map<Hash, CheckedText>();
  return (hash) => {
    const before = known.get(hash);
    if (before) return before;
    const { checked, length } = check(hash, texts);
    if (known.size >= knownAtMost) known.clear();
    known.set(hash, length > keptUpToCharacters ? readAgain(hash, texts) : checked);
    return checked;
  };
}

/** Frames and tool requests are short and asked for again; messages are only named again, and fill the memory. */
const keptUpToCharacters = 512;
const knownAtMost = 5_000;

/** It was checked in this snapshot of the file. */
function readAgain(hash: Hash, texts: Texts): CheckedText {
  return {
    text: () => {
      const { checked } = check(hash, texts);
      if ('text' in checked) return checked.text();
      throw new Error(changedText(hash));
    },
  };
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
