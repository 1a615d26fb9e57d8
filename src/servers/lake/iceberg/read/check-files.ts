import { statSync } from 'node:fs';
import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import type { FilePlan } from './plan-files.ts';

/**
 * Looks at each file before DuckDB opens it: one that was cut off or removed is named, in the words of the table.
 * Not asynchronous: 10,000 files take 40 ms this way and ten times that with a promise for each.
 * @throws IcebergError DAMAGED
 */
export function checkFiles({ files }: Pick<FilePlan, 'files'>): void {
  const seen = new Set<string>();
  for (const { file, deletes } of files) {
    for (const { location, fileSizeBytes } of [file, ...deletes]) {
      if (seen.has(location)) continue;
      seen.add(location);
      checkFile(location, fileSizeBytes);
    }
  }
}

function checkFile(location: string, sizeBytes: number): void {
  const found = statSync(pathOf(location), { throwIfNoEntry: false });
  if (found?.size === sizeBytes) return;
  const what = found ? `has ${found.size} bytes, its manifest says ${sizeBytes}` : 'is missing';
  throw new IcebergError('DAMAGED', `The data file ${location} ${what}.`, {
    hint: 'bring the file back from a copy, or roll the table back to a snapshot that does not name it.',
  });
}
