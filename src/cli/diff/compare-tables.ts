import type { ComparedRun } from '../../engine/compare/compared-run.ts';
import { compareRows, type RowDifferences } from './compare-rows.ts';
import { type LakeReader, type LakeTable, openLakeReader, reasonOf } from './read-lake.ts';
import { type Place, type WrittenTable, writtenTables } from './written-tables.ts';

/** A table that one run or both have filled. */
export interface TableComparison {
  readonly table: string;
  /** `log`: only what the tools said to the runs is known; `why` says why nothing more is. */
  readonly compared: 'rows' | 'counts' | 'log';
  readonly why?: string;
  /** Null: not known. */
  readonly equal: boolean | null;
  /** Rows in the table, or what the tools reported; null when unknown or when the run did not fill it. */
  readonly rows: { readonly a: number | null; readonly b: number | null };
  /** The columns that tell rows apart; empty when the table declares no key. */
  readonly key?: readonly string[];
  readonly differences?: RowDifferences;
}

interface Runs {
  readonly a: ComparedRun;
  readonly b: ComparedRun;
}

interface Tables {
  readonly a: WrittenTable | undefined;
  readonly b: WrittenTable | undefined;
}

const mostRows = 5000;

/** The tables that the runs filled, compared in the lakes where both still stand. */
export async function compareTables(
  { a, b }: Runs,
  { imported, ...place }: Place & { readonly imported: ReadonlySet<string> },
): Promise<TableComparison[]> {
  const filledBy = (run: ComparedRun) =>
    imported.has(run.run.runId) ? elsewhere(writtenTables(run, place)) : writtenTables(run, place);
  const [ofA, ofB] = [filledBy(a), filledBy(b)];
  const readers = new Map<string, Promise<LakeReader>>();
  const open = (database: string): Promise<LakeReader> => {
    const reader = readers.get(database) ?? openLakeReader(database, place);
    readers.set(database, reader);
    return reader;
  };
  try {
    const compared: TableComparison[] = [];
    for (const table of new Set([...ofA.keys(), ...ofB.keys()]))
      compared.push(await compareTable(table, { a: ofA.get(table), b: ofB.get(table) }, open));
    return compared;
  } finally {
    for (const reader of readers.values()) await (await reader).close();
  }
}

/** A run that was made on another machine filled a lake there, whatever stands under the same path here. */
const elsewhere = (tables: ReadonlyMap<string, WrittenTable>): Map<string, WrittenTable> =>
  new Map([...tables].map(([name, table]) => [name, { ...table, database: undefined }]));

type Open = (database: string) => Promise<LakeReader>;

async function compareTable(table: string, { a, b }: Tables, open: Open): Promise<TableComparison> {
  if (!a || !b) return fromLog(table, { a, b }, `only run ${a ? 'a' : 'b'} wrote it`);
  if (a.database === undefined || b.database === undefined)
    return fromLog(table, { a, b }, 'the lake of one of the runs is not here');
  if (a.database === b.database)
    return fromLog(
      table,
      { a, b },
      'both runs wrote into the same table, which holds what the later one left',
    );
  try {
    return await compareStored(table, [await open(a.database), await open(b.database)], { a, b });
  } catch (error) {
    return fromLog(table, { a, b }, `a lake cannot be read: ${reasonOf(error)}`);
  }
}

function fromLog(table: string, { a, b }: Tables, why: string): TableComparison {
  const rows = { a: a?.reportedRows ?? null, b: b?.reportedRows ?? null };
  const differ =
    a === undefined || b === undefined || (rows.a !== null && rows.b !== null && rows.a !== rows.b);
  return { table, compared: 'log', why, equal: differ ? false : null, rows };
}

async function compareStored(
  table: string,
  [lakeA, lakeB]: readonly [LakeReader, LakeReader],
  tables: Tables,
): Promise<TableComparison> {
  const [a, b] = [await lakeA.describe(table), await lakeB.describe(table)];
  if (!a || !b) return fromLog(table, tables, 'it is not in the lake any more');
  const rows = { a: a.rows, b: b.rows };
  const counted = { table, compared: 'counts', rows } as const;
  const differ = a.rows !== b.rows;
  if (!sameColumns(a, b)) return { ...counted, equal: false, why: 'the two have other columns' };
  if (Math.max(a.rows, b.rows) > mostRows)
    return { ...counted, equal: differ ? false : null, why: `more than ${mostRows} rows: only counted` };
  const key = a.key.join() === b.key.join() ? a.key : [];
  const differences = compareRows(await lakeA.rows(table, a), await lakeB.rows(table, b), key);
  const equal = differences.onlyA + differences.onlyB + differences.changed === 0;
  return { ...counted, compared: 'rows', equal, key, differences };
}

const sameColumns = (a: LakeTable, b: LakeTable): boolean => a.columns.join() === b.columns.join();
