import type { ComparedRun } from '../../engine/compare/compared-run.ts';
import { counted } from '../render/counts.ts';
import { compareRows, type RowDifferences } from './compare-rows.ts';
import {
  type LakeReader,
  type LakeTable,
  type LostWrite,
  openLakeReader,
  reasonOf,
  type Unknown,
} from './read-lake.ts';
import { type Place, type WrittenTable, writtenTables } from './written-tables.ts';

/** A table that one run or both have filled. */
export interface TableComparison {
  readonly table: string;
  /** `log`: only what the tools said to the runs is known; `why` says why nothing more is. */
  readonly compared: 'rows' | 'counts' | 'log';
  readonly why?: string;
  /** Changes by the runs whose snapshots have expired: what the tables held then is not there to be compared. */
  readonly lost?: readonly (LostWrite & { readonly run: 'a' | 'b' })[];
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

/** The tables that the runs filled, each as its run left it, where the lakes still know that. */
export async function compareTables(
  { a, b }: Runs,
  { imported, ...place }: Place & { readonly imported: ReadonlySet<string> },
): Promise<TableComparison[]> {
  const filledBy = (run: ComparedRun) =>
    imported.has(run.run.runId) ? elsewhere(writtenTables(run, place)) : writtenTables(run, place);
  const [ofA, ofB] = [filledBy(a), filledBy(b)];
  const readers = new Map<string, Promise<LakeReader>>();
  const open = (warehouse: string): Promise<LakeReader> => {
    const reader = readers.get(warehouse) ?? openLakeReader(warehouse, place);
    readers.set(warehouse, reader);
    return reader;
  };
  const runIds = { a: a.run.runId, b: b.run.runId };
  try {
    const compared: TableComparison[] = [];
    for (const table of new Set([...ofA.keys(), ...ofB.keys()]))
      compared.push(await compareTable(table, { a: ofA.get(table), b: ofB.get(table) }, { open, runIds }));
    return compared;
  } finally {
    for (const reader of readers.values()) await (await reader).close();
  }
}

/** A run that was made on another machine filled a lake there, whatever stands under the same path here. */
const elsewhere = (tables: ReadonlyMap<string, WrittenTable>): Map<string, WrittenTable> =>
  new Map([...tables].map(([name, table]) => [name, { ...table, warehouse: undefined }]));

interface Lakes {
  readonly open: (warehouse: string) => Promise<LakeReader>;
  readonly runIds: { readonly a: string; readonly b: string };
}

async function compareTable(table: string, { a, b }: Tables, lakes: Lakes): Promise<TableComparison> {
  if (!a || !b) return fromLog(table, { a, b }, `only run ${a ? 'a' : 'b'} wrote it`);
  if (a.warehouse === undefined || b.warehouse === undefined)
    return fromLog(table, { a, b }, 'the lake of one of the runs is not here');
  try {
    const left = {
      a: await leftIn(await lakes.open(a.warehouse), { written: a, runId: lakes.runIds.a }),
      b: await leftIn(await lakes.open(b.warehouse), { written: b, runId: lakes.runIds.b }),
    };
    return await compareLeft(left, { a, b });
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

interface Left {
  readonly lake: LakeReader;
  readonly table: LakeTable | Unknown;
}

async function leftIn(
  lake: LakeReader,
  { written: { table, foundAtMs, writes }, runId }: { written: WrittenTable; runId: string },
): Promise<Left> {
  return { lake, table: await lake.describe(table, { runId, foundAtMs, writes }) };
}

async function compareLeft(
  left: { readonly a: Left; readonly b: Left },
  written: { readonly a: WrittenTable; readonly b: WrittenTable },
): Promise<TableComparison> {
  const { table } = written.a;
  const [a, b] = [left.a.table, left.b.table];
  if ('why' in a || 'why' in b) {
    const unknown = { ...('why' in a && { a }), ...('why' in b && { b }) };
    const lost = Object.entries(unknown).flatMap(([run, { lost }]) =>
      lost.map((write) => ({ run: run as 'a' | 'b', ...write })),
    );
    return { ...fromLog(table, written, unknownWords(unknown, written)), ...(lost.length > 0 && { lost }) };
  }
  const rows = { a: a.rows, b: b.rows };
  const counted = { table, compared: 'counts', rows } as const;
  const differ = a.rows !== b.rows;
  if (!sameColumns(a, b)) return { ...counted, equal: false, why: 'the two have other columns' };
  if (Math.max(a.rows, b.rows) > mostRows)
    return { ...counted, equal: differ ? false : null, why: `more than ${mostRows} rows: only counted` };
  const key = a.key.join() === b.key.join() ? a.key : [];
  const differences = compareRows(await left.a.lake.rows(a), await left.b.lake.rows(b), key);
  const equal = differences.onlyA + differences.onlyB + differences.changed === 0;
  return { ...counted, compared: 'rows', equal, key, differences };
}

function unknownWords(
  unknown: Readonly<Partial<Record<'a' | 'b', Unknown>>>,
  written: { readonly a: WrittenTable; readonly b: WrittenTable },
): string {
  return (['a', 'b'] as const)
    .flatMap((run) => {
      const found = unknown[run];
      return found ? [wordsOf(found, { run, writes: written[run].writes.length })] : [];
    })
    .join('; ');
}

const mostNamed = 5;

function wordsOf({ why, lost }: Unknown, { run, writes }: { run: string; writes: number }): string {
  if (why === 'too many newer ones') return `too many newer snapshots to find what run ${run} left in it`;
  if (why === 'never known') return `the lake does not know what run ${run} left in it`;
  if (lost.length === 0) return `the snapshots of the time of run ${run} are gone`;
  const names = lost.slice(0, mostNamed).map(({ call, snapshot }) => snapshot ?? `that of ${call}`);
  const more = lost.length > mostNamed ? ', …' : '';
  const of = `${lost.length} of ${counted(writes, 'snapshot')} that run ${run} left`;
  return `${of} ${lost.length === 1 ? 'is' : 'are'} gone: ${names.join(', ')}${more}; compared by the log`;
}

const sameColumns = (a: LakeTable, b: LakeTable): boolean => a.columns.join() === b.columns.join();
