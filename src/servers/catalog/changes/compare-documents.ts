import type { Json, JsonObject } from '../../../domain/json.ts';
import { jsonDifferences } from '../../../domain/json-difference.ts';
import type { DocumentKind } from '../documents/kinds.ts';

export interface DocumentComparison {
  /** In words, one each; none when the documents say the same but for their version. */
  readonly differences: readonly string[];
  /** Whoever reads the data by the old version may fail by the new one. */
  readonly breaking: boolean;
  /** The lowest version that the new document may carry. */
  readonly neededVersion: string;
}

/** What a change of a document means, and the version that it needs. */
export function compareDocuments(
  _kind: DocumentKind,
  { was, now }: { readonly was: JsonObject; readonly now: JsonObject },
): DocumentComparison {
  const differences = jsonDifferences(was, now).filter(({ pointer }) => pointer !== '/version');
  return {
    differences: differences.map(({ pointer, kind, was: before, now: after }) => {
      if (kind === 'added') return `${pointer} is new: ${shown(after)}`;
      return kind === 'removed'
        ? `${pointer} is gone: ${shown(before)}`
        : `${pointer}: ${shown(before)} is now ${shown(after)}`;
    }),
    breaking: false,
    neededVersion: raised(String(was['version']), 'patch'),
  };
}

export type Level = 'major' | 'minor' | 'patch';

export function raised(version: string, level: Level): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (level === 'major') return `${major + 1}.0.0`;
  return level === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

/** Below 0 when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  const index = left.findIndex((part, at) => part !== right[at]);
  return index < 0 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}

const mostShown = 120;
function shown(value: Json | undefined): string {
  const text = JSON.stringify(value ?? null);
  return text.length <= mostShown ? text : `${text.slice(0, mostShown)}…`;
}
