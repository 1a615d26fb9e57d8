import { structuredPatch } from 'diff';
import type { JsonObject } from '../../../domain/json.ts';
import { yamlText } from '../documents/yaml-text.ts';

/** Beyond it the search, which grows with its square, would hold up the server; both texts are shown instead. */
const mostEdits = 4000;
const contextLines = 2;

/** Two versions of a document as lines: `-` what was, `+` what is asked for, `@@` where. The same on every back end. */
export function differenceText(was: JsonObject, now: JsonObject): string[] {
  const texts = [yamlText(was), yamlText(now)] as const;
  const patch = structuredPatch('', '', ...texts, undefined, undefined, {
    context: contextLines,
    maxEditLength: mostEdits,
  });
  if (!patch) return [...marked('- ', texts[0]), ...marked('+ ', texts[1])];
  return patch.hunks.flatMap(({ oldStart, newStart, lines }) => [
    `@@ line ${oldStart === newStart ? oldStart : `${oldStart} is now ${newStart}`}`,
    ...lines.map((line) => `${line.charAt(0)} ${line.slice(1)}`),
  ]);
}

const marked = (sign: string, text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => sign + line);
