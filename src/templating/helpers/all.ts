import { comparisonHelpers } from './comparison.ts';
import type { Helper } from './helper.ts';
import { rowHelpers } from './rows.ts';
import { textHelpers } from './text.ts';
import { valueHelpers } from './values.ts';

const helpers: ReadonlyMap<string, Helper> = new Map(
  Object.entries({ ...textHelpers, ...rowHelpers, ...valueHelpers, ...comparisonHelpers }),
);

export const helperNames: readonly string[] = [...helpers.keys()];

export function findHelper(name: string): Helper | undefined {
  return helpers.get(name);
}
