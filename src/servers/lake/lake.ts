import { type ComputeLimits, computeLimits } from './compute/compute-limits.ts';
import { grantedStore } from './granted-store.ts';
import { grantsOf } from './grants.ts';
import type { LakeSettings } from './parse-args.ts';
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

/** @throws DefinitionError FILE_UNREADABLE when the warehouse cannot be opened. */
export async function openLake(settings: LakeSettings): Promise<Lake> {
  const store = grantedStore(await openIcebergStore(settings), grantsOf(settings.grants ?? {}));
  return {
    roots: new Roots(settings.roots),
    store,
    limits: { maxRows: settings.maxRows, maxAnswerBytes: settings.maxAnswerBytes },
    compute: computeLimits(settings),
  };
}
