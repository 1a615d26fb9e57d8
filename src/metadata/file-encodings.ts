/**
 * Encodings of text files, by the names that vendors use. What is missing has no decoder here: the code pages of DOS (`cp437`,
 * `cp850`, `cp852`), UTF-32, UTF-7 and the escape codes of `iso-2022-jp`.
 */
export const fileEncodings = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'iso-8859-1',
  'iso-8859-2',
  'iso-8859-3',
  'iso-8859-4',
  'iso-8859-5',
  'iso-8859-6',
  'iso-8859-7',
  'iso-8859-8',
  'iso-8859-9',
  'iso-8859-10',
  'iso-8859-11',
  'iso-8859-13',
  'iso-8859-14',
  'iso-8859-15',
  'iso-8859-16',
  'windows-874',
  'windows-1250',
  'windows-1251',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1256',
  'windows-1257',
  'windows-1258',
  'ibm866',
  'koi8-r',
  'koi8-u',
  'macintosh',
  'x-mac-cyrillic',
  'shift_jis',
  'euc-jp',
  'gbk',
  'gb18030',
  'big5',
  'euc-kr',
] as const;

export type FileEncoding = (typeof fileEncodings)[number];

/** What to answer to a name that is not there; nothing for what is no text. */
export function unknownEncoding(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  return `"${name}" is no encoding that the lake reads: convert the file to UTF-8 before it is sent, or name one of ${fileEncodings.join(', ')}`;
}
