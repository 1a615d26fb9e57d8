import { lakeType, lakeTypes } from '../../../metadata/lake/lake-type.ts';
import { LakeFailure } from '../lake-failure.ts';

/**
 * The type in its one spelling: `decimal(10, 2)` -> `DECIMAL(10,2)`.
 * @throws LakeFailure when the lake has no such type.
 */
export function normalizeType(type: string): string {
  const known = lakeType(type);
  if (known !== undefined) return known;
  throw new LakeFailure(
    `"${type}" is no column type of the lake.`,
    `use one of ${lakeTypes.join(', ')}, DECIMAL(precision,scale), or one of them followed by [].`,
  );
}
