import { LakeFailure } from '../lake-failure.ts';
import { type DetectedEncoding, encodingOfMark } from './detect-encoding.ts';
import type { FileFacts } from './file-facts.ts';
import { type Encoding, encodings } from './source.ts';

/** `ISO-8859-1` is read as what it is in practice; ASCII is UTF-8 as well. */
const otherNames: Readonly<Record<string, Encoding>> = {
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  'iso-8859-1': 'windows-1252',
};

/**
 * What `<?xml encoding="…"?>` says. A byte order mark outdoes it, and so do zero bytes: then it is UTF-16, whatever stands there.
 * @throws LakeFailure for an encoding that the lake does not read, unless the file is plain ASCII.
 */
export function declaredEncoding(head: Buffer, facts: FileFacts): DetectedEncoding | undefined {
  if (encodingOfMark(head) !== undefined || facts.hasNulBytes) return undefined;
  const start = head.subarray(0, 1024).toString('latin1');
  const name = /^\s*<\?xml\s[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1]?.toLowerCase();
  if (name === undefined || name.startsWith('utf-16')) return undefined;
  const encoding = otherNames[name] ?? encodingOfLabel(name);
  if (encoding !== undefined) return { encoding, bomBytes: 0 };
  if (facts.invalidUtf8Bytes === 0 && facts.utf8Sequences === 0) return undefined;
  throw new LakeFailure(
    `The document says that it is written in "${name}", which the lake does not read.`,
    'ask for the feed in UTF-8; or set options.encoding if it is in truth another one.',
  );
}

/** By any of the names that the web knows it by (`latin1`, `cp1251`, `sjis`). */
function encodingOfLabel(label: string): Encoding | undefined {
  try {
    const { encoding } = new TextDecoder(label);
    return encodings.find((name) => name === encoding);
  } catch {
    // A name that is none: the caller says what to do.
    return undefined;
  }
}
