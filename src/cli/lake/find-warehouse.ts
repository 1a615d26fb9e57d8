import { join, resolve } from 'node:path';
import type { ProjectConfig } from '../../domain/project-config.ts';

/** Where the lake of a project is when nobody says otherwise. */
export const defaultWarehouse = '.aiworkflow/lake';

/** The folders that the project's lake servers keep their tables in, each once. */
export function warehousesOf(config: ProjectConfig, projectDir: string): readonly string[] {
  return [...new Set(lakeServersOf(config, projectDir).values())];
}

/** The names of the project's lake servers, each with the folder of its tables. */
export function lakeServersOf(config: ProjectConfig, projectDir: string): ReadonlyMap<string, string> {
  const lakes = Object.entries(config.tools ?? {}).flatMap(([name, server]) =>
    'server' in server && server.server === 'lake'
      ? [[name, resolve(projectDir, warehouseArgument(server.args ?? []))] as const]
      : [],
  );
  return new Map(lakes);
}

function warehouseArgument(args: readonly string[]): string {
  const index = args.findLastIndex((arg) => arg === '--warehouse' || arg.startsWith('--warehouse='));
  const given = args[index] === '--warehouse' ? args[index + 1] : args[index]?.slice('--warehouse='.length);
  return index === -1 || given === undefined ? defaultWarehouse : given;
}

export function defaultFolder(projectDir: string): string {
  return join(resolve(projectDir), defaultWarehouse);
}
