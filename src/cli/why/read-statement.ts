import { createHash } from 'node:crypto';
import { isJsonObject, type Json } from '../../domain/json.ts';
import { messageOf } from '../../errors/index.ts';
import type { ColumnRule } from '../../lineage/answer.ts';
import { type Snapshot, schemaOf, type TableState } from '../../servers/lake/iceberg/index.ts';
import { columnLineage } from '../../servers/lake/sql/column-lineage.ts';
import { summaryKeys } from '../../servers/lake/storage/summary-keys.ts';
import type { LakeReader } from './lake-reader.ts';
import { type OpenedInputs, openInputs } from './open-inputs.ts';

/** By the name in the statement, `schema.table` or `schema.table@<moment>`: the snapshot that was read; null for none. */
export type Inputs = ReadonlyMap<string, string | null>;

export interface Statement {
  /** As it was written; undefined when the lake does not hold it any more. */
  readonly sql: string | undefined;
  /** The same over views of its tables as they were, which are open in the lake's session now. */
  readonly runnable: string | undefined;
  readonly inputs: Inputs;
  /** Of these, those that cannot be read as they were. */
  readonly unread: readonly string[];
  /** For each column of the table that was written. */
  readonly rules: readonly ColumnRule[];
  readonly missing: readonly string[];
}

/** The statement that wrote a snapshot, and what each column of the table is by it. */
export async function readStatement(
  lake: LakeReader,
  { state, snapshot }: { readonly state: TableState; readonly snapshot: Snapshot },
): Promise<Statement> {
  const { summary } = snapshot;
  const sha256 = summary[summaryKeys.sqlSha256] ?? '';
  const { sql, gone } = statementOf(lake, sha256);
  const inputs = inputsOf(summary[summaryKeys.inputs]);
  const opened = await openInputs(lake, { sql, inputs });
  const { rules, missing } = await rulesOf(lake, { opened, state, snapshot });
  const { sql: runnable, unread } = opened;
  return { sql, runnable, inputs, unread, rules, missing: [...gone, ...opened.missing, ...missing] };
}

/** The text is kept under its hash: one that has another hash was changed, and is not shown as what wrote the table. */
function statementOf(
  lake: LakeReader,
  sha256: string,
): { readonly sql: string | undefined; readonly gone: readonly string[] } {
  const [row] = lake.records('SELECT sql FROM lake_statements WHERE sha256 = ?', sha256);
  if (!row)
    return { sql: undefined, gone: [`The lake does not hold the SQL with the hash ${sha256} any more.`] };
  const sql = String(row['sql']);
  if (createHash('sha256').update(sql, 'utf8').digest('hex') === sha256) return { sql, gone: [] };
  const changed = `What the lake holds as the SQL with the hash ${sha256} was changed: it is not what wrote the table.`;
  return { sql: undefined, gone: [changed] };
}

export function inputsOf(text: string | undefined): Inputs {
  if (text === undefined) return new Map();
  const value = JSON.parse(text) as Json;
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  return new Map(entries.map(([table, id]) => [table, id === null || id === undefined ? null : String(id)]));
}

async function rulesOf(
  lake: LakeReader,
  {
    opened,
    state,
    snapshot,
  }: { readonly opened: OpenedInputs; readonly state: TableState; readonly snapshot: Snapshot },
): Promise<{ readonly rules: readonly ColumnRule[]; readonly missing: readonly string[] }> {
  const { sql, columnsOf } = opened;
  if (sql === undefined) return { rules: [], missing: [] };
  try {
    const { columns, others } = await columnLineage(lake, { sql, columnsOf });
    const { fields } = schemaOf(state.metadata, snapshot['schema-id'] ?? state.metadata['current-schema-id']);
    const rules = fields.flatMap(({ name }, index): ColumnRule[] => {
      const byName = columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
      // An expression without a name is known by its place.
      const rule = byName ?? (columns.length === fields.length ? columns[index] : undefined);
      if (rule) return [{ ...rule, column: name }];
      return others ? [{ ...others, column: name, expressions: [] }] : [];
    });
    return { rules, missing: [] };
  } catch (error) {
    return { rules: [], missing: [`The SQL cannot be read: ${messageOf(error)}`] };
  }
}
