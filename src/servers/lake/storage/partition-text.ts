import type { DraftPartition, PartitionSpec, Schema } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';

/** `sku`, `day(ts)`, `bucket(16, sku)`, `truncate(4, sku)`: how the lake writes a partition. */
export interface PartitionText {
  readonly column: string;
  /** As the tables' format writes it: `identity`, `bucket[16]`. */
  readonly transform: string;
}

const dates = /^(year|month|day|hour)\(\s*(\w+)\s*\)$/i;
const widths = /^(bucket|truncate)\(\s*([1-9]\d{0,8})\s*,\s*(\w+)\s*\)$/i;

/** @throws LakeFailure when the text is none of these. */
export function parsePartition(text: string): PartitionText {
  const trimmed = text.trim();
  if (/^\w+$/.test(trimmed)) return { column: trimmed, transform: 'identity' };
  const [, date, ofDate] = dates.exec(trimmed) ?? [];
  if (date && ofDate) return { column: ofDate, transform: date.toLowerCase() };
  const [, kind, width, ofWidth] = widths.exec(trimmed) ?? [];
  if (kind && width && ofWidth) return { column: ofWidth, transform: `${kind.toLowerCase()}[${width}]` };
  throw new LakeFailure(
    `partitioned_by has "${text}", which is no partition.`,
    'write a column, or year(c), month(c), day(c), hour(c), bucket(16, c), truncate(4, c).',
  );
}

export function printPartition({ column, transform }: PartitionText): string {
  const width = /^(\w+)\[(\d+)\]$/.exec(transform);
  if (width) return `${width[1]}(${width[2]}, ${column})`;
  return transform === 'identity' ? column : `${transform}(${column})`;
}

export function draftPartitions(partitionedBy: readonly string[]): DraftPartition[] {
  return partitionedBy.map((text) => parsePartition(text));
}

/** The spec in the lake's words. A field that no longer partitions (`void`) says nothing. */
export function partitionTexts(spec: PartitionSpec | undefined, schema: Schema): string[] {
  const names = new Map(schema.fields.map(({ id, name }) => [id, name]));
  return (spec?.fields ?? [])
    .filter(({ transform }) => transform !== 'void')
    .map((field) =>
      printPartition({ column: names.get(field['source-id']) ?? field.name, transform: field.transform }),
    );
}
