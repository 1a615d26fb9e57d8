import type { Source, SourceOptions } from './source.ts';

/** What speaks against the encoding that a file is read in; nothing where the bytes leave no doubt. */
export function encodingNotes({ shape, facts }: Source, options: SourceOptions): string[] {
  const { invalidUtf8Bytes: stray, utf8Sequences: sequences } = facts;
  if (shape.encoding === 'utf-8' && stray > 0) {
    // Also where "utf-8" was asked for: suggested_options hand on what was only detected.
    return [
      `${stray} bytes are not valid UTF-8; those records are rejected; pass options.encoding to read it otherwise`,
    ];
  }
  if (shape.encoding === 'windows-1252' && sequences > 0 && options.encoding === undefined) {
    return [
      `read as windows-1252, for ${stray} bytes are not valid UTF-8; but ${sequences} sequences are: pass options.encoding "utf-8" if those are the letters, and the other records are rejected`,
    ];
  }
  return [];
}
