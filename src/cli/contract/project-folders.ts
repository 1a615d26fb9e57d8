import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ProjectConfig } from '../../domain/project-config.ts';

export interface DocumentFolders {
  readonly contracts: string;
  readonly feeds: string;
}

/** The folders of the project's catalogs, as `aiworkflow.yaml` hands them to the server; absolute. */
export async function documentFolders(projectDir: string, config: ProjectConfig): Promise<DocumentFolders[]> {
  const { readArguments } = await import('../../servers/catalog/read-arguments.ts');
  const declared = Object.values(config.tools ?? {}).flatMap((server) =>
    'server' in server && server.server === 'catalog' ? [server.args ?? []] : [],
  );
  const all = (declared.length === 0 ? [[]] : declared).map((args) => readArguments(args));
  return all
    .map(({ contracts, feeds }) => ({
      contracts: resolve(projectDir, contracts),
      feeds: resolve(projectDir, feeds),
    }))
    .filter(({ contracts, feeds }) => existsSync(contracts) || existsSync(feeds));
}
