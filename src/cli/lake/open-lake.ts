import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DefinitionError, messageOf, nearest } from '../../errors/index.ts';
import {
  openWarehouse,
  type TableName,
  tableName,
  type Warehouse,
} from '../../servers/lake/iceberg/index.ts';
import { wrongUsage } from '../wrong-usage.ts';
import { defaultFolder, warehousesOf } from './find-warehouse.ts';
import type { LakeOptions } from './lake-options.ts';
import { openLazyEngine } from './lazy-engine.ts';
import { tellLakeFailures } from './tell-lake-failures.ts';

/**
 * Opens the lake that is meant for the time of the work. DuckDB is started when rows are read or written, and not before.
 * @throws DefinitionError LAKE_UNKNOWN when there is none; what the work fails with, in the words of the command line
 */
export async function withLake<T>(
  options: LakeOptions,
  work: (warehouse: Warehouse) => Promise<T>,
): Promise<T> {
  const folder = await lakeFolder(options);
  return tellLakeFailures(folder, async () => {
    const engine = openLazyEngine(folder);
    const warehouse = openWarehouse({ folder, engine });
    try {
      return await work(warehouse);
    } finally {
      warehouse.close();
      await engine.close();
    }
  });
}

/**
 * The real path of the lake's folder.
 * @throws DefinitionError LAKE_UNKNOWN when there is none
 */
export async function lakeFolder(options: LakeOptions): Promise<string> {
  return requireWarehouse(await warehouseFolder(options));
}

async function warehouseFolder({ warehouse, project }: LakeOptions): Promise<string> {
  if (warehouse !== undefined) return resolve(warehouse);
  const { loadProject } = await import('../../definitions/index.ts');
  const { config } = await loadProject({ dir: resolve(project) });
  const [only, ...more] = warehousesOf(config, project);
  if (more.length > 0) {
    const folders = [only, ...more].join(', ');
    throw wrongUsage(`The project has more than one lake: ${folders}.`, 'name one: --warehouse <dir>.');
  }
  return only ?? defaultFolder(project);
}

function requireWarehouse(folder: string): string {
  if (existsSync(join(folder, 'catalog.sqlite'))) return realpathSync(folder);
  throw new DefinitionError({
    code: 'LAKE_UNKNOWN',
    message: `There is no lake in ${folder}: ${whyNoLake(folder)}.`,
    hint: 'name the folder of the tables: --warehouse <dir>. The first load of a file makes one.',
  });
}

function whyNoLake(folder: string): string {
  try {
    if (!statSync(folder).isDirectory()) return 'it is a file, and no folder';
    accessSync(folder, constants.R_OK | constants.X_OK);
    return 'it has no catalog.sqlite';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'there is no such folder';
    return `it cannot be read (${messageOf(error)})`;
  }
}

/**
 * The table of this name.
 * @throws DefinitionError LAKE_UNKNOWN, with the names that there are
 */
export function requireTable({ catalog }: Pick<Warehouse, 'catalog'>, text: string): TableName {
  const table = tableName(text);
  if (catalog.findLocation(table) !== undefined) return table;
  const tables = tablesOf({ catalog });
  const [meant, ...others] = tables.filter((one) => textOf(one).toLowerCase() === text.toLowerCase());
  if (meant && others.length === 0) return meant;
  const known = tables.map(textOf);
  const near = known.find((name) => name.endsWith(`.${text.toLowerCase()}`)) ?? nearest(text, known)[0];
  const guess = near === undefined ? '' : `did you mean ${near}? `;
  const more = known.length > mostNamed ? ', … (aiworkflow lake tables)' : '.';
  throw new DefinitionError({
    code: 'LAKE_UNKNOWN',
    message: `The lake has no table "${text}".`,
    hint:
      known.length === 0
        ? 'it has no tables at all.'
        : `${guess}its tables: ${known.slice(0, mostNamed).join(', ')}${more}`,
  });
}

const mostNamed = 12;

export function tablesOf({ catalog }: Pick<Warehouse, 'catalog'>): readonly TableName[] {
  return catalog.listNamespaces().flatMap((namespace) => catalog.listTables(namespace));
}

export function textOf({ namespace, name }: TableName): string {
  return [...namespace, name].join('.');
}
