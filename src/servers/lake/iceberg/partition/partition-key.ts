import type { DataFile } from '../avro/data-file.ts';
import { valueKey } from '../values/value.ts';

/** A text that is equal for files of the same partition. */
export function partitionKey(file: Pick<DataFile, 'specId' | 'partition'>): string {
  return JSON.stringify([file.specId, ...file.partition.map(valueKey)]);
}
