/** What a change of a document asks of those who read the data by it. */
export const changeKinds = ['breaking', 'compatible', 'documentation'] as const;

/**
 * `breaking`: what reads the data by the old document may fail or read something else by the new one.
 * `compatible`: the data says more, or is promised to be better, and all that was read before is read as before.
 * `documentation`: the data is the same and described otherwise.
 */
export type ChangeKind = (typeof changeKinds)[number];

export interface Change {
  readonly kind: ChangeKind;
  /** What has changed, by names: `product_core.product.price`, `rules.gtin_form`, `description`. */
  readonly path: string;
  /** In words, without the full stop. */
  readonly words: string;
}

export interface Comparison {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** The breaking ones first. */
  readonly changes: readonly Change[];
  readonly breaking: boolean;
  /** The least version that the new document may carry. */
  readonly neededVersion: string;
  /** The new document's version is the least one or a higher one; always so when nothing has changed. */
  readonly enough: boolean;
}

const levels = { breaking: 'major', compatible: 'minor', documentation: 'patch' } as const;
export type Level = 'major' | 'minor' | 'patch';

/** Puts the changes of a document together with the version that they need. */
export function comparisonOf(
  { was, now }: { readonly was: Versioned; readonly now: Versioned },
  changes: readonly Change[],
): Comparison {
  const sorted = changeKinds.flatMap((kind) => changes.filter((change) => change.kind === kind));
  const [gravest] = sorted;
  const neededVersion = gravest ? raised(was.version, levels[gravest.kind]) : was.version;
  return {
    id: now.id,
    from: was.version,
    to: now.version,
    changes: sorted,
    breaking: gravest?.kind === 'breaking',
    neededVersion,
    enough: compareVersions(now.version, neededVersion) >= 0,
  };
}

interface Versioned {
  readonly id: string;
  readonly version: string;
}

/** Before 1.0.0 nothing is promised yet, so a breaking change raises the minor number, as semantic versions have it. */
export function raised(version: string, level: Level): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (level === 'patch') return `${major}.${minor}.${patch + 1}`;
  return level === 'major' && major > 0 ? `${major + 1}.0.0` : `${major}.${minor + 1}.0`;
}

/** Below 0 when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const right = b.split('.').map(Number);
  const differing = a.split('.').map((part, index) => Number(part) - (right[index] ?? 0));
  return differing.find((difference) => difference !== 0) ?? 0;
}
