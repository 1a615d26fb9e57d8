import type { CsvDialect } from './source.ts';

/** How records and fields are cut out of text. All texts are in the spelling of the text that is pushed. */
export interface CsvGrammar {
  readonly delimiter: string;
  /** Empty: no quoting. Doubled inside a quoted field, it stands for itself. */
  readonly quote: string;
  /** Before a quote, a delimiter, a record's end or itself it makes that a letter; before others it is one itself. */
  readonly escape?: string;
  /** A line that begins with it, where a record could begin, is none. */
  readonly comment?: string;
  /** Blanks around the quotes of a field are dropped. */
  readonly trim_quotes?: true;
  /** What ends a record. A line feed directly after it belongs to it. */
  readonly recordEnd: string;
  /** What a physical line ends with: `\n`, or `\r` in files of old Macs. */
  readonly lineEnd: string;
}

/** `spell` gives the spelling of the text that is to be cut. */
export function grammarOf(
  dialect: Omit<CsvDialect, 'header' | 'skip_lines'>,
  { lineEnd, spell = (text) => text }: { lineEnd: string; spell?: (text: string) => string },
): CsvGrammar {
  const { delimiter, quote, comment, trim_quotes, record_separator } = dialect;
  const escapeSign = dialect.escape;
  return {
    delimiter: spell(delimiter),
    quote: spell(quote),
    recordEnd: spell(record_separator ?? lineEnd),
    lineEnd,
    // A quote that escapes itself is the doubled quote.
    ...(escapeSign !== undefined && escapeSign !== quote && { escape: spell(escapeSign) }),
    ...(comment !== undefined && { comment: spell(comment) }),
    ...(trim_quotes && { trim_quotes }),
  };
}
