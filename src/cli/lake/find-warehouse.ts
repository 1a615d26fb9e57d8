import { join, resolve } from 'node:path';
import type { ProjectConfig } from '../../domain/project-config.ts';

/** Where the lake of a project is when nobody says otherwise. */
export const defaultWarehouse = '.aiworkflow/lake';

/** The folders that the project's lake servers keep their tables in, each once. */
export function warehousesOf(config: ProjectConfig, projectDir: string): readonly string[] {
  const folders = Object.values(config.tools ?? {}).flatMap((server) =>
    'server' in server && server.server === 'lake' ? [warehouseArgument(server.args ?? [])] : [],
  );
  return [...new Set(folders.map((folder) => resolve(projectDir, folder)))];
}

function warehouseArgument(args: readonly string[]): string {
  const index = args.findLastIndex((arg) => arg === '--warehouse' || arg.startsWith('--warehouse='));
  const given = args[index] === '--warehouse' ? args[index + 1] : args[index]?.slice('--warehouse='.length);
  return index === -1 || given === undefined ? defaultWarehouse : given;
}

export function defaultFolder(projectDir: string): string {
  return join(resolve(projectDir), defaultWarehouse);
}
