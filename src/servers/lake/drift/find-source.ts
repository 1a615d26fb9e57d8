import type { Source } from '../sources/source.ts';
import { isInside, plainName } from '../tools/match-columns.ts';

/**
 * The column of the file that a contract means: the same name, or the same however it is written (`Artikel-Nr.` and
 * `artikel_nr`); in formats with paths also an object that holds columns, or a part of one. As `ingest` finds it.
 */
export function findSource(source: Pick<Source, 'columns' | 'format'>, wanted: string): string | undefined {
  if (source.columns.includes(wanted)) return wanted;
  const plain = plainName(wanted);
  const same = source.columns.filter((known) => plainName(known) === plain);
  if (same.length === 1) return same[0];
  if (source.format === 'csv' || source.format === 'xlsx') return undefined;
  return isInside(source.columns, wanted) ? wanted : undefined;
}
