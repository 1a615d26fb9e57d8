import { quoteText, scanTable, tableName } from '../../servers/lake/iceberg/index.ts';
import { ingestErrorsTable } from '../../servers/lake/storage/audit-columns.ts';
import { hiddenLoadsSql, withoutLoads } from '../../servers/lake/storage/rejects-in-force.ts';
import type { RowKey } from './find-row.ts';
import type { LakeReader, SqlRow } from './lake-reader.ts';

const mostShown = 3;

/** Rejected records that hold all values of a key: why a row is missing is mostly asked because of them. */
export async function rejectedWith(
  lake: LakeReader,
  { key, chain }: { readonly key: RowKey; readonly chain: ReadonlySet<string> },
): Promise<string[]> {
  const values = Object.values(key).flatMap((value) => (value ? [value] : []));
  if (values.length === 0 || !lake.tables().includes(ingestErrorsTable)) return [];
  const scan = await scanTable(lake.warehouse, { table: tableName(ingestErrorsTable) });
  const hidden = lake.records(hiddenLoadsSql).map(({ id }) => String(id));
  const sql = withoutLoads(scan.sql, hidden);
  const targets = [...chain].map(quoteText).join(', ');
  const whole = values.map((value) => `regexp_matches(raw_row, ${quoteText(wholeWord(value))})`);
  const holds = [`lower(target_table) IN (${targets})`, ...whole].join(' AND ');
  const rows = await lake.run(
    `SELECT *, count(*) OVER () AS found FROM (${sql}) WHERE ${holds} ORDER BY _ingested_at DESC, line LIMIT ${mostShown}`,
  );
  const more = Number(rows[0]?.['found'] ?? 0) - rows.length;
  const words = values.map((value) => JSON.stringify(value)).join(', ');
  return [
    ...rows.map((row) => `A rejected record holds ${words}: ${placeOf(row)} (${ingestErrorsTable}).`),
    ...(more > 0 ? [`${more} more rejected records hold ${words}.`] : []),
  ];
}

const placeOf = (row: SqlRow): string =>
  `line ${String(row['line'])} of ${String(row['source_file'])}, ${String(row['detail'] ?? row['reason'])}`;

/** `4` is not in `144` nor in `4,50`. */
const wholeWord = (value: string): string =>
  String.raw`(^|[^\w.,-]|[^\d][.,])${value.replaceAll(/[^\p{L}\p{N}_]/gu, String.raw`\$&`)}($|[^\w.,-]|[.,]([^\d]|$))`;
