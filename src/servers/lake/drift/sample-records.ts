import type { SourceRecord } from '../sources/source.ts';

/** So many records at the least, if the file has them; at most twice as many. */
const keptRecords = 10_000;
/** A file of this many records is not read further: that is more than a minute. */
const mostRead = 2_000_000;

export interface RecordSample {
  readonly kept: readonly SourceRecord[];
  /** Records that were read. */
  readonly read: number;
}

/**
 * Every n-th record of all that are read, with an n that grows with the file: the memory is bounded, each part of the
 * file has its share, and the same file always gives the same sample.
 */
export async function sampleRecords(batches: AsyncIterable<readonly SourceRecord[]>): Promise<RecordSample> {
  let kept: SourceRecord[] = [];
  let stride = 1;
  let read = 0;
  for await (const batch of batches) {
    for (const record of batch) {
      if (read % stride === 0) kept.push(record);
      read += 1;
    }
    while (kept.length > 2 * keptRecords) {
      kept = kept.filter((_, index) => index % 2 === 0);
      stride *= 2;
    }
    if (read >= mostRead) break;
  }
  return { kept, read };
}
