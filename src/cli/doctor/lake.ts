import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ProjectConfig } from '../../domain/project-config.ts';
import { messageOf } from '../../errors/index.ts';
import type { IcebergError, TableName, Warehouse } from '../../servers/lake/iceberg/index.ts';
import { formatBytes } from '../lake/bytes.ts';
import { defaultFolder, warehousesOf } from '../lake/find-warehouse.ts';
import { counted } from '../render/counts.ts';
import { quoted } from '../render/quoted.ts';
import type { Examination, Finding } from './finding.ts';
import { hasCatalog, type TablesWritten } from './tables-written.ts';

type Found = Omit<Finding, 'what'>;

/** The tables of each lake of the project: whether they are where they say, whole, and without files of dead writers. */
export function lake(
  config: ProjectConfig,
  { dir, written }: { readonly dir: string; readonly written: TablesWritten },
): Examination {
  return {
    what: 'lake',
    async examine() {
      const declared = warehousesOf(config, dir);
      const folders = declared.length > 0 ? declared : [defaultFolder(dir)].filter(hasCatalog);
      const findings: Found[] = [];
      for (const folder of folders) findings.push(...(await lookAt(resolve(folder), written)));
      return findings;
    },
  };
}

async function lookAt(folder: string, written: TablesWritten): Promise<readonly Found[]> {
  if (!hasCatalog(folder)) {
    const tables = await written(folder);
    if (tables.length > 0) return [lostLake(folder, { tables, level: 'fail' })];
    return [{ level: 'ok', text: `${folder} will be made by the first load` }];
  }
  const { openWarehouse } = await import('../../servers/lake/iceberg/index.ts');
  const { tablesOf } = await import('../lake/open-lake.ts');
  const engine = { run: () => Promise.reject(new Error('No rows are read here.')) };
  const warehouse = openWarehouse({ folder: realpathSync(folder), engine });
  try {
    const tables = tablesOf(warehouse);
    const broken: Found[] = [];
    for (const table of tables) broken.push(...(await lookAtTable(warehouse, table)));
    if (broken.length > 0) return once(broken);
    const before = (await hasOnlyRejects(tables)) ? await written(folder) : [];
    if (before.length > 0) return [lostLake(folder, { tables: before, level: 'warn' })];
    return [
      { level: 'ok', text: `${folder}: ${counted(tables.length, 'table')}, no file is missing` },
      ...(await orphanFindings(warehouse)),
      ...(await unfinishedFindings(warehouse)),
    ];
  } finally {
    warehouse.close();
  }
}

/** As a lake is that a server has just made. */
async function hasOnlyRejects(tables: readonly TableName[]): Promise<boolean> {
  const { ingestErrorsTable } = await import('../../servers/lake/storage/audit-columns.ts');
  return tables.every(({ namespace, name }) => [...namespace, name].join('.') === ingestErrorsTable);
}

/** An empty one may have been made where the lost one was; or somebody has dropped all tables. */
function lostLake(
  folder: string,
  { tables, level }: { tables: readonly string[]; level: 'fail' | 'warn' },
): Found {
  const state = !existsSync(folder)
    ? 'is not there'
    : level === 'warn'
      ? 'has none of its tables'
      : 'has no catalog.sqlite';
  const names = `${tables.slice(0, 3).join(', ')}${tables.length > 3 ? ', …' : ''}`;
  return {
    level,
    text: `${folder} ${state}, and ${counted(tables.length, 'table')} (${names}) were written here by runs of the log`,
    advice: `move the folder back; if it is elsewhere for good, name it in --warehouse of aiworkflow.yaml and type: aiworkflow lake relocate`,
  };
}

async function lookAtTable(warehouse: Warehouse, table: TableName): Promise<readonly Found[]> {
  const { checkFiles, IcebergError, planFiles } = await import('../../servers/lake/iceberg/index.ts');
  try {
    checkFiles(await planFiles(warehouse, { table }));
    return [];
  } catch (error) {
    return [
      IcebergError.is(error)
        ? brokenTable(error, { warehouse, table })
        : { level: 'fail', text: messageOf(error) },
    ];
  }
}

function brokenTable(
  { code, message, hint }: IcebergError,
  { warehouse: { folder }, table }: { warehouse: Warehouse; table: TableName },
): Found {
  if (code === 'MOVED') {
    const advice = `aiworkflow lake relocate --warehouse ${quoted(folder)}`;
    return {
      level: 'fail',
      text: `${folder} was moved or copied: its files still name the old place`,
      advice,
    };
  }
  const text = `${[...table.namespace, table.name].join('.')}: ${message}`;
  return { level: 'fail', text, ...(hint !== undefined && { advice: hint }) };
}

/** A warehouse was moved as a whole: one line says it, not one for each table. */
function once(findings: readonly Found[]): readonly Found[] {
  return [...new Map(findings.map((finding) => [finding.text, finding])).values()];
}

async function orphanFindings(warehouse: Warehouse): Promise<readonly Found[]> {
  const { findOrphans, orphanAgeMs, sizeOf } = await import('../lake/orphans.ts');
  const { listStrayFiles } = await import('../../servers/lake/iceberg/index.ts');
  const olderThanMs = Date.now() - orphanAgeMs;
  const { orphans, younger } = await findOrphans(warehouse, { olderThan: orphanAgeMs });
  const unknown = (await listStrayFiles(warehouse, { olderThanMs })).filter(({ isUseless }) => !isUseless);
  const advice = `aiworkflow lake orphans --warehouse ${quoted(warehouse.folder)}`;
  return [
    ...warning(orphans, { what: 'that no table names, left by writers that were killed', advice }),
    ...(younger.length === 0
      ? []
      : [youngFiles(warehouse, { count: younger.length, size: sizeOf(younger) })]),
    ...warning(unknown, {
      what: `in no table's folder, ${unknown[0]?.path ?? ''} among them`,
      advice: 'look at them: a table that was dropped keeps its files. Nothing here removes them.',
    }),
  ];
}

/** Nobody living is at them, and they are warned of when they are a day old. */
function youngFiles({ folder }: Warehouse, { count, size }: { count: number; size: string }): Found {
  return {
    level: 'ok',
    text: `${counted(count, 'file')} (${size}) that no table names, younger than 1 day`,
    advice: `aiworkflow lake orphans --older-than 0m --warehouse ${quoted(folder)}`,
  };
}

function warning(
  files: readonly { readonly sizeBytes: number }[],
  { what, advice }: { what: string; advice: string },
): readonly Found[] {
  if (files.length === 0) return [];
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return [
    { level: 'warn', text: `${counted(files.length, 'file')} (${formatBytes(bytes)}) ${what}`, advice },
  ];
}

async function unfinishedFindings(warehouse: Warehouse): Promise<readonly Found[]> {
  const { withLedger } = await import('../lake/with-ledger.ts');
  const { describeUnfinished } = await import('../../servers/lake/storage/unfinished-loads.ts');
  const loads = await withLedger(warehouse, describeUnfinished);
  const stuck = loads.filter(({ state }) => state === 'stuck');
  const count = loads.length - stuck.length;
  return [
    ...stuck.map(({ id, file, table, why }): Found => {
      const abandon = `aiworkflow lake abandon ${id} --why "…" --warehouse ${quoted(warehouse.folder)}`;
      return {
        level: 'fail',
        text: `the load ${id} of ${file} into ${table} cannot be finished: ${why}. Nothing writes to the table meanwhile`,
        advice: `bring the file back, or give the load up: ${abandon}`,
      };
    }),
    ...(count === 0 ? [] : [underWay(count)]),
  ];
}

function underWay(count: number): Found {
  return {
    level: 'ok',
    text: `${counted(count, 'load')} under way, or begun by a process that died: whoever opens the lake next finishes it`,
  };
}
