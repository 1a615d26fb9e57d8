import type { DataFile, FieldSummary } from '../avro/data-file.ts';
import type { BoundPartition } from '../partition/spec.ts';
import { decodeValue } from '../values/binary-value.ts';
import { applyTransform, keepsOrder } from '../values/transform.ts';
import { compareValues, type Value } from '../values/value.ts';
import type { BoundPredicate, Test } from './predicate.ts';

/** What is known about the values of a column, or of a partition field, in a file or in a manifest. */
interface Extent {
  readonly lower: Value | undefined;
  readonly upper: Value | undefined;
  readonly mayBeNull: boolean;
  readonly mayBeValue: boolean;
}

/** Whether a file may have rows for the predicate. False only when it surely has none. */
export function fileMayMatch(
  predicate: BoundPredicate,
  { file, partitions }: { file: DataFile; partitions: readonly BoundPartition[] },
): boolean {
  return mayMatch(predicate, (test) => {
    const ofPartition = (partition: BoundPartition, index: number) => {
      const value = file.partition[index] ?? null;
      return extentMayMatch(projected(test, partition), extentOfValue(value));
    };
    return (
      partitionsMayMatch(test, partitions, ofPartition) && extentMayMatch(test, extentOfColumn(test, file))
    );
  });
}

/** The same for all files of a manifest at once. */
export function manifestMayMatch(
  predicate: BoundPredicate,
  {
    summaries,
    partitions,
  }: { summaries: readonly FieldSummary[] | null; partitions: readonly BoundPartition[] },
): boolean {
  if (!summaries) return true;
  return mayMatch(predicate, (test) =>
    partitionsMayMatch(test, partitions, (partition, index) => {
      const summary = summaries[index];
      return !summary || extentMayMatch(projected(test, partition), extentOfSummary(partition.type, summary));
    }),
  );
}

function mayMatch(predicate: BoundPredicate, ask: (test: Test) => boolean): boolean {
  if ('all' in predicate) return predicate.all.every((part) => mayMatch(part, ask));
  if ('any' in predicate) return predicate.any.some((part) => mayMatch(part, ask));
  return ask(predicate);
}

function partitionsMayMatch(
  test: Test,
  partitions: readonly BoundPartition[],
  ask: (partition: BoundPartition, index: number) => boolean,
): boolean {
  return partitions.every(
    (partition, index) =>
      partition.field['source-id'] !== test.fieldId ||
      partition.transform.kind === 'void' ||
      ask(partition, index),
  );
}

/**
 * What the test of a column says about the partition made of it: `x < 2024-03-05` is `day(x) <= 2024-03-05`. Undefined
 * when it says nothing.
 */
function projected(test: Test, { transform, type }: BoundPartition): Test | undefined {
  if (test.is === 'null' || test.is === 'not null') return { ...test, type };
  if (transform.kind === 'identity') return test;
  const values = test.values.flatMap((value) => applyTransform(transform, { type: test.type, value }) ?? []);
  if (test.is === '=' || test.is === 'in') return { ...test, type, values, is: 'in' };
  if (!keepsOrder(transform) || test.is === '!=' || test.is === 'not in') return undefined;
  return { ...test, type, values, is: test.is === '<' || test.is === '<=' ? '<=' : '>=' };
}

function extentOfValue(value: Value | null): Extent {
  if (value === null) return { lower: undefined, upper: undefined, mayBeNull: true, mayBeValue: false };
  const isNan = Number.isNaN(value);
  return {
    lower: isNan ? undefined : value,
    upper: isNan ? undefined : value,
    mayBeNull: false,
    mayBeValue: true,
  };
}

function extentOfSummary(type: string, summary: FieldSummary): Extent {
  const lower = summary.lowerBound ? decodeValue(type, summary.lowerBound) : undefined;
  const upper = summary.upperBound ? decodeValue(type, summary.upperBound) : undefined;
  const hasNan = summary.containsNan ?? (typeof lower === 'number' || lower === undefined);
  return {
    lower,
    upper: isFloat(type) && hasNan ? undefined : upper,
    mayBeNull: summary.containsNull,
    mayBeValue: lower !== undefined || hasNan,
  };
}

function extentOfColumn({ fieldId, type }: Test, file: DataFile): Extent {
  const [lower, upper] = [file.lowerBounds.get(fieldId), file.upperBounds.get(fieldId)];
  const [values, nulls] = [file.valueCounts.get(fieldId), file.nullCounts.get(fieldId)];
  // NaN is in no bound, and SQL puts it above all numbers.
  const mayBeNan = isFloat(type) && file.nanCounts.get(fieldId) !== 0;
  // Without counts nothing is known: the column may be younger than the file, or its writer counts nothing.
  const isKnown = values !== undefined && nulls !== undefined;
  return {
    lower: lower && decodeValue(type, lower),
    upper: upper && !mayBeNan ? decodeValue(type, upper) : undefined,
    mayBeNull: nulls !== 0,
    mayBeValue: !isKnown || nulls < values,
  };
}

function isFloat(type: string): boolean {
  return type === 'float' || type === 'double';
}

function extentMayMatch(test: Test | undefined, extent: Extent): boolean {
  if (!test) return true;
  if (test.is === 'null') return extent.mayBeNull;
  if (!extent.mayBeValue) return false;
  if (test.is === 'not null' || test.is === '!=' || test.is === 'not in') return true;
  if (test.is === 'in' || test.is === '=') return test.values.some((value) => isWithin(value, extent));
  return test.values.some((value) => compares(test.is, { value, extent }));
}

function isWithin(value: Value, { lower, upper }: Extent): boolean {
  // NaN stands outside of all bounds, and is equal to itself in SQL.
  if (Number.isNaN(value)) return true;
  const isBelow = lower !== undefined && compareValues(value, lower) < 0;
  return !isBelow && !(upper !== undefined && compareValues(value, upper) > 0);
}

function compares(
  is: Test['is'],
  { value, extent: { lower, upper } }: { value: Value; extent: Extent },
): boolean {
  if (Number.isNaN(value)) return true;
  if (is === '<') return lower === undefined || compareValues(lower, value) < 0;
  if (is === '<=') return lower === undefined || compareValues(lower, value) <= 0;
  if (is === '>') return upper === undefined || compareValues(upper, value) > 0;
  return upper === undefined || compareValues(upper, value) >= 0;
}
