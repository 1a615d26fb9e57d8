import { messageOf } from '../../errors/index.ts';
import { planTable, quoteName, scanSql } from '../../servers/lake/iceberg/index.ts';
import { checkTree, withoutSemicolon } from '../../servers/lake/sql/check-select.ts';
import { parseSelect } from '../../servers/lake/sql/parse-select.ts';
import { type NamedTable, rewriteTimeTravel } from '../../servers/lake/sql/time-travel.ts';
import { viewOf } from '../../servers/lake/storage/table-views.ts';
import type { LakeReader } from './lake-reader.ts';

export interface OpenedInputs {
  /** The statement over views that hold each table as it was read; undefined without a statement. */
  readonly sql: string | undefined;
  /** Columns of a table as the statement saw them. */
  readonly columnsOf: (table: string) => readonly string[] | undefined;
  /** Tables that cannot be read as they were: the statement cannot be run again. */
  readonly unread: readonly string[];
  readonly missing: readonly string[];
}

/** Makes the tables that a statement read visible again, each at the snapshot that it read. */
export async function openInputs(
  lake: LakeReader,
  { sql, inputs }: { readonly sql: string | undefined; readonly inputs: ReadonlyMap<string, string | null> },
): Promise<OpenedInputs> {
  const columns = new Map<string, readonly string[]>();
  const unread: string[] = [];
  const missing: string[] = [];
  for (const [view, snapshotId] of inputs) {
    try {
      await openView(lake, { view, snapshotId, columns });
    } catch (error) {
      unread.push(view);
      missing.push(`${view} cannot be read as it was: ${messageOf(error)}`);
    }
  }
  const columnsOf = (table: string): readonly string[] | undefined => columns.get(table.toLowerCase());
  try {
    return { sql: sql === undefined ? undefined : await atViews(lake, sql), columnsOf, unread, missing };
  } catch (error) {
    return {
      sql: undefined,
      columnsOf,
      unread,
      missing: [...missing, `The SQL is not run again: ${messageOf(error)}`],
    };
  }
}

/** What its columns were is known of a table whose data files are gone, too. */
async function openView(
  lake: LakeReader,
  {
    view,
    snapshotId,
    columns,
  }: {
    readonly view: string;
    readonly snapshotId: string | null;
    readonly columns: Map<string, readonly string[]>;
  },
): Promise<void> {
  const asked = view.replace(/@.*$/, '');
  const table = lake.tables().find((name) => name.toLowerCase() === asked) ?? asked;
  const state = await lake.state(table);
  const plan = await planTable(state, snapshotId === null ? {} : { at: { snapshotId } });
  columns.set(
    view,
    plan.schema.fields.map((field) => field.name),
  );
  const sql = await scanSql(lake.warehouse.engine, { plan });
  const [schema = '', ...name] = view.split('.');
  await lake.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`);
  await lake.run(`CREATE OR REPLACE VIEW ${quoteName(schema)}.${quoteName(name.join('.'))} AS ${sql}`);
}

/**
 * The statement was checked when it was written; the file that keeps it may have been changed since, so it is checked like any
 * other before it is run again. `t AT (…)` is the view of that state.
 */
async function atViews(lake: LakeReader, sql: string): Promise<string> {
  const parser = {
    query: async (text: string, given: Readonly<Record<string, string>> = {}) => ({
      rows: await lake.run(
        text.replaceAll(/\$(\w+)/g, (whole, name: string) =>
          given[name] === undefined ? whole : `'${given[name].replaceAll("'", "''")}'`,
        ),
      ),
    }),
  };
  const nameOf = (table: NamedTable): { readonly schema: string; readonly table: string } => {
    const [schema = '', ...name] = viewOf(table).split('.');
    return { schema, table: name.join('.') };
  };
  const tree = await parseSelect(parser, sql);
  checkTree(tree, { tables: lake.tables().map((table) => table.toLowerCase()) });
  return /\bat\s*\(/i.test(sql) ? rewriteTimeTravel(parser, { tree, nameOf }) : withoutSemicolon(sql);
}
