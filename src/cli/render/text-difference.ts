import { clipLine } from './clip.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

export interface TextDifferenceOptions {
  readonly style: Style;
  readonly columns: number;
  /** The most lines; what is left out is said. */
  readonly lines: number;
}

interface Texts {
  readonly was: string | undefined;
  readonly now: string | undefined;
}

// Beyond it two texts have so little in common that both are shown instead: the search grows with the square of it.
const mostEdits = 2000;
const contextLines = 2;
const leadCharacters = 40;

/**
 * Two texts as lines for a terminal: `-` what was, `+` what is now. Of long texts the changed lines with two lines around
 * them, of a long line the part that changed. JSON is laid out first.
 */
export async function textDifference(texts: Texts, options: TextDifferenceOptions): Promise<string[]> {
  const was = texts.was === undefined ? undefined : laidOut(texts.was);
  const now = texts.now === undefined ? undefined : laidOut(texts.now);
  const lines =
    isLong(was) || isLong(now) ? await lineDifference(was ?? '', now ?? '') : oneLine({ was, now });
  return clipped(lines, options);
}

const isLong = (text: string | undefined): boolean => text?.includes('\n') ?? false;

/** One difference in one place: both lines, from a little before it. */
function oneLine({ was, now }: Texts): string[] {
  const begin = was === undefined || now === undefined ? 0 : beginOfDifference(was, now);
  const from = (text: string): string => (begin > 0 ? `…${text.slice(begin)}` : text);
  return [...(was === undefined ? [] : [`- ${from(was)}`]), ...(now === undefined ? [] : [`+ ${from(now)}`])];
}

function beginOfDifference(was: string, now: string): number {
  let first = 0;
  while (first < was.length && was[first] === now[first]) first++;
  return first <= leadCharacters ? 0 : first - leadCharacters;
}

async function lineDifference(was: string, now: string): Promise<string[]> {
  const { structuredPatch } = await import('diff');
  const patch = structuredPatch('', '', ended(was), ended(now), undefined, undefined, {
    context: contextLines,
    maxEditLength: mostEdits,
  });
  if (!patch) return [...marked('-', was), ...marked('+', now)];
  return patch.hunks.flatMap(({ oldStart, newStart, lines }) => [
    `@@ line ${oldStart === newStart ? oldStart : `${oldStart} is now ${newStart}`}`,
    ...lines.map((line) => `${line.charAt(0)} ${line.slice(1)}`),
  ]);
}

/** Without a line feed at its end the last line would count as another one, and a note would be put after it. */
const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

const marked = (sign: string, text: string): string[] => text.split('\n').map((line) => `${sign} ${line}`);

function clipped(lines: readonly string[], { style, columns, lines: most }: TextDifferenceOptions): string[] {
  const shown = lines.slice(0, most).map((line) => inked(clipLine(printable(line), columns), style));
  const rest = lines.length - shown.length;
  return rest > 0 ? [...shown, style('dim', `… ${rest} more ${rest === 1 ? 'line' : 'lines'}`)] : shown;
}

function inked(line: string, style: Style): string {
  if (line.startsWith('- ')) return style('red', line);
  if (line.startsWith('+ ')) return style('green', line);
  return line.startsWith('@@ ') ? style('dim', line) : line;
}

/** Objects and lists on one line say nothing about where they differ. Short ones stay on it. */
function laidOut(text: string): string {
  if (!/^\s*[[{]/.test(text) || text.length < 60) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // No JSON, or a cut one: as it is.
  }
}
