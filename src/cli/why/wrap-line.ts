import { clipLine } from '../render/clip.ts';

/** A long line as several, broken at a space, comma or semicolon where there is one; what is beyond `most` is cut, and says so. */
export function wrapLine(
  text: string,
  { width, most }: { readonly width: number; readonly most: number },
): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width && lines.length < most - 1) {
    const end = breakOf(rest, width);
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...lines, clipLine(rest, width)];
}

function breakOf(text: string, width: number): number {
  const before = text.slice(0, width);
  const at = Math.max(...[' ', ',', ';'].map((sign) => before.lastIndexOf(sign)));
  return at > width / 2 ? at + 1 : width;
}
