import { type FilePlan, type PlanRequest, tableName } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { ingestErrorsTable, schemaOf } from './audit-columns.ts';
import { quoteName, quoteTable } from './quote-sql.ts';
import { hiddenLoads, withoutLoads } from './rejects-in-force.ts';
import type { StoreSession } from './store-session.ts';
import { isNarrow, typeOf } from './table-definition.ts';
import type { Moment, NamedTable } from './table-store.ts';

/** The snapshot that each table was read at, by its name in the SQL; null for a table that has none yet. */
export type Inputs = ReadonlyMap<string, string | null>;

/**
 * Makes the tables that a statement names readable in its session, each as a view of one snapshot. Files that have no row
 * which the statement wants are left out.
 * @throws LakeFailure, IcebergError when a table or a moment is not there, or its files cannot be read.
 */
export async function openViews(at: StoreSession, tables: readonly NamedTable[]): Promise<Inputs> {
  const inputs = new Map<string, string | null>();
  for (const table of tables) {
    const { plan, sql } = await at.plans.scan(at.warehouse, {
      table: tableName(table.name),
      ...(table.at && { at: momentOf(table.at) }),
      ...(table.predicate && { where: table.predicate }),
    });
    refuseFiles(plan, { table, most: at.session.limits.mostFiles });
    const view = viewOf(table);
    await at.session.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schemaOf(view))}`);
    const rows = await inForce(at, { table, sql: narrowed(sql, plan) });
    await at.session.run(`CREATE OR REPLACE VIEW ${quoteTable(view)} AS ${rows}`);
    inputs.set(view, plan.snapshot?.['snapshot-id'] ?? null);
  }
  return inputs;
}

/** An earlier moment of the table of rejects is as it was stored. */
async function inForce(
  at: StoreSession,
  { table, sql }: { table: NamedTable; sql: string },
): Promise<string> {
  if (table.name !== ingestErrorsTable || table.at !== undefined) return sql;
  return withoutLoads(sql, await hiddenLoads(at));
}

function refuseFiles({ files }: FilePlan, { table, most }: { table: NamedTable; most: number }): void {
  if (files.length <= most) return;
  throw new LakeFailure(
    `The statement would read ${files.length} files of ${table.name}; ${most} may be.`,
    'filter by a column that the table is partitioned by, let a person compact the table, or start the lake with a larger --max-files.',
  );
}

/** The name of a table's view: `product_core.product`, or `product_core.product@5577006791947779410` as it was. */
export function viewOf({ name, at }: NamedTable): string {
  if (at === undefined) return name;
  // A point would end the name of the schema.
  const moment = 'version' in at ? at.version : at.timestamp.replaceAll('.', '_');
  return `${name}@${moment}`;
}

export function momentOf(at: Moment): NonNullable<PlanRequest['at']> {
  return 'version' in at ? { snapshotId: at.version } : { timestampMs: Date.parse(at.timestamp) };
}

/**
 * Columns in the lake's narrower types (JSON, SMALLINT), which the files keep as texts and integers. By the ids of the columns:
 * a column of the past may have been another one of the same name.
 */
function narrowed(sql: string, { state, schema }: FilePlan): string {
  const casts = schema.fields.flatMap((field) => {
    const type = typeOf(field, state.metadata.properties);
    const name = quoteName(field.name);
    return isNarrow(type) ? [`CAST(${name} AS ${type}) AS ${name}`] : [];
  });
  return casts.length === 0 ? sql : `SELECT * REPLACE (${casts.join(', ')}) FROM (${sql})`;
}
