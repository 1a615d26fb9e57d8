import type { EncodingDoubt } from './fitting-encodings.ts';
import type { Encoding, RecordFault, Source, SourceOptions } from './source.ts';

/** What speaks against the encoding that a file is read in; nothing where the bytes leave no doubt. */
export function encodingNotes({ shape, facts }: Source, options: SourceOptions): string[] {
  const { invalidUtf8Bytes: stray, utf8Sequences: sequences, doubt } = facts;
  if (shape.encoding === 'utf-8' && stray > 0) {
    // Also where "utf-8" was asked for: suggested_options hand on what was only detected.
    return [
      `${stray} bytes are not valid UTF-8; those records are rejected; pass options.encoding to read it otherwise${suggestion(doubt)}`,
    ];
  }
  if (shape.encoding !== 'windows-1252') return [];
  // As above: it may have been detected only.
  if (doubt) {
    return [
      `read as windows-1252, but of ${doubt.words} different words with letters outside of ASCII ${doubt.odd} are none in it; pass options.encoding: ${fitting(doubt)}`,
    ];
  }
  if (sequences > 0 && options.encoding === undefined) {
    return [
      `read as windows-1252, for ${stray} bytes are not valid UTF-8; but ${sequences} sequences are: pass options.encoding "utf-8" if those are the letters, and the other records are rejected`,
    ];
  }
  return [];
}

/** So few words fit many encodings. */
const fewWords = 10;

function suggestion(doubt: EncodingDoubt | undefined): string {
  return doubt && doubt.words > fewWords && doubt.fits.length > 0 ? `: ${fitting(doubt)}` : '';
}

function fitting({ fits }: EncodingDoubt): string {
  return fits.length > 0
    ? `${fits.map((name) => `"${name}"`).join(' or ')} would fit`
    : 'none that the lake reads would fit (the code pages of DOS, cp437, cp850 and cp852, are not read): ask the vendor for UTF-8';
}

/** Of a record whose bytes are none of its encoding. */
export function invalidEncoding(encoding: Encoding): RecordFault {
  const name = encoding === 'utf-8' ? 'UTF-8' : encoding;
  return { reason: 'invalid_encoding', detail: `bytes that are not valid ${name}` };
}
