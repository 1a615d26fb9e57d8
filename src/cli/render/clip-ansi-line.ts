import { visibleWidth } from './table.ts';

const escapeSign = '\u001b';

/** The line cut to so many visible characters: a line that wraps would break the redrawing of those above it. */
export function clipAnsiLine(line: string, columns: number): string {
  if (visibleWidth(line) <= columns) return line;
  let text = '';
  let width = 0;
  for (let at = 0; at < line.length; ) {
    const piece = pieceAt(line, at);
    at += piece.length;
    // All codes are kept, those behind the cut too: they end the colours.
    if (piece.startsWith(escapeSign)) text += piece;
    else if (width < columns) text += ++width === columns ? '…' : piece;
  }
  return text;
}

/** A colour code (they end with `m`), or one character. */
function pieceAt(line: string, at: number): string {
  if (line.charAt(at) !== escapeSign) return String.fromCodePoint(line.codePointAt(at) ?? 0);
  const end = line.indexOf('m', at);
  return end === -1 ? line.slice(at) : line.slice(at, end + 1);
}
