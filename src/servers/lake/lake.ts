import { type ComputeLimits, computeLimits } from './compute/compute-limits.ts';
import { grantedStore } from './granted-store.ts';
import { grantsOf } from './grants.ts';
import type { LakeSettings } from './parse-args.ts';
import { requireApart } from './require-apart.ts';
import { Roots } from './roots.ts';
import { openIcebergStore } from './storage/iceberg-store.ts';
import type { TableStore } from './storage/table-store.ts';

/** What the tools work with. */
export interface Lake {
  readonly roots: Roots;
  readonly store: TableStore;
  readonly limits: { readonly maxRows: number; readonly maxAnswerBytes?: number | undefined };
  /** How large a call may be. */
  readonly compute: ComputeLimits;
}

/** @throws DefinitionError FILE_UNREADABLE when the warehouse cannot be opened, USAGE when its grants could be gone around. */
export async function openLake(settings: LakeSettings): Promise<Lake> {
  const grants = grantsOf(settings.grants ?? {});
  if (grants.isLimited) requireApart(settings);
  const store = grantedStore(await openIcebergStore(settings, grants), grants);
  return {
    roots: new Roots(settings.roots),
    store,
    limits: { maxRows: settings.maxRows, maxAnswerBytes: settings.maxAnswerBytes },
    compute: computeLimits(settings),
  };
}
