import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PreparedRows, type Relocated, type TableName, tableName } from '../iceberg/index.ts';
import { ingestErrorsTable } from './audit-columns.ts';
import { readWork } from './commit-load.ts';
import { type Ledger, nobody } from './lake-ledger.ts';
import { unfinishedLoads } from './load-ledger.ts';

/** Rows that are on disk for a table, of loads that are going to be finished: their files are no orphans. */
export function expectedRows(ledger: Ledger, table: TableName): readonly PreparedRows[] {
  return unfinishedLoads(ledger).flatMap((load) => {
    const { target, errors } = readWork(load.work ?? '');
    return [
      ...(isSame(load.table, table) ? [target] : []),
      ...(isSame(ingestErrorsTable, table) ? [errors] : []),
    ];
  });
}

/** A load that was begun and is not done, for a person. */
export interface UnfinishedLoad {
  readonly id: string;
  readonly table: string;
  /** The vendor's file. */
  readonly file: string;
  readonly rows: number;
  readonly rejected: number;
  readonly beganAtMs: number;
  /** under way: a process is at it; waiting: the next that opens the lake finishes it; stuck: nobody can, as long as `why` holds. */
  readonly state: 'under way' | 'waiting' | 'stuck';
  readonly why: string | null;
}

/** The oldest first. */
export function describeUnfinished(ledger: Ledger): UnfinishedLoad[] {
  return unfinishedLoads(ledger).map(({ id, table, file, owner, work, isFree, ...load }) => {
    const lost = missingFile(work ?? '');
    const isStuck = isFree && (lost !== undefined || owner === nobody);
    return {
      id,
      table,
      file,
      rows: load.rows_loaded,
      rejected: load.rows_rejected,
      beganAtMs: load.ingestedAtMs,
      state: isStuck ? 'stuck' : isFree ? 'waiting' : 'under way',
      why: isStuck ? (lost ?? 'it failed when it was tried last, and no file of it is missing') : null,
    };
  });
}

/** Those that cannot be finished. */
export function stuckLoads(ledger: Ledger): UnfinishedLoad[] {
  return describeUnfinished(ledger).filter(({ state }) => state === 'stuck');
}

function missingFile(work: string): string | undefined {
  const { target, errors } = readWork(work);
  for (const { location, sizeBytes } of [...target.files, ...errors.files]) {
    const path = fileURLToPath(location);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return `its data file ${basename(path)} is gone`;
    if (found.size !== sizeBytes)
      return `its data file ${basename(path)} has not the size that it was written with`;
  }
  return undefined;
}

/** The files of unfinished loads moved with their tables. */
export function relocateLoads(ledger: Ledger, relocated: readonly Relocated[]): void {
  const update = ledger.prepare('UPDATE lake_loads SET work = ? WHERE id = ?');
  for (const { id, work } of unfinishedLoads(ledger)) {
    if (work === null) continue;
    const moved = relocated.reduce(
      (text, { from, to }) => text.replaceAll(inJson(`${from}/`), inJson(`${to}/`)),
      work,
    );
    if (moved !== work) update.run(moved, id);
  }
}

/** As it stands within a text of JSON: locations begin behind a quote. */
function inJson(location: string): string {
  return JSON.stringify(location).slice(0, -1);
}

function isSame(text: string, table: TableName): boolean {
  const name: TableName = tableName(text);
  return name.name === table.name && name.namespace.join('.') === table.namespace.join('.');
}
