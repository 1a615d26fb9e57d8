import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { ProjectConfig } from '../../domain/project-config.ts';
import { AiworkflowError } from '../../errors/index.ts';
import type { AuditReader } from '../../ports/audit-log.ts';
import { lakeServersOf } from '../lake/find-warehouse.ts';
import type { UpgradeListener } from '../open-log.ts';

/** The names of the tables that runs of the log wrote into a lake, given its folder. */
export type TablesWritten = (folder: string) => Promise<readonly string[]>;

/** A lake that is gone has no trace of its own: only the log can tell it from one that was never made. */
export function tablesWritten(
  config: ProjectConfig,
  {
    dir,
    logFile,
    onUpgraded,
  }: { readonly dir: string; readonly logFile: string; readonly onUpgraded: UpgradeListener },
): TablesWritten {
  return async (folder) => {
    const servers = [...lakeServersOf(config, dir)].filter(([, own]) => resolve(own) === resolve(folder));
    if (servers.length === 0 || !existsSync(logFile)) return [];
    const { openAuditLog, madeRequests } = await import('../../audit/sqlite/index.ts');
    const log = openAuditLog({ file: logFile, durability: 'full', readOnly: true, onUpgraded });
    try {
      const tools = servers.flatMap(([name]) => [`${name}.ingest`, `${name}.run_mapping`]);
      const tables = madeRequests(log, tools).flatMap((request) => tableIn(textOf(log, request)));
      return [...new Set(tables)].sort();
    } finally {
      log.close();
    }
  };
}

/** The servers that would make an empty lake where one was lost. */
export async function serversOfLostLakes(
  config: ProjectConfig,
  { dir, written }: { readonly dir: string; readonly written: TablesWritten },
): Promise<ReadonlyMap<string, string>> {
  const lost = new Map<string, string>();
  for (const [name, folder] of lakeServersOf(config, dir)) {
    if (!hasCatalog(folder) && (await written(folder)).length > 0) lost.set(name, folder);
  }
  return lost;
}

export function hasCatalog(folder: string): boolean {
  return existsSync(join(folder, 'catalog.sqlite'));
}

/** Undefined when it was taken out or is damaged: another look at the log says so. */
function textOf(log: AuditReader, request: string): string | undefined {
  try {
    return log.load(request);
  } catch (error) {
    if (AiworkflowError.is(error)) return undefined;
    throw error;
  }
}

function tableIn(request: string | undefined): readonly string[] {
  if (request === undefined) return [];
  const { arguments: args = {} } = JSON.parse(request) as { arguments?: Json };
  const table = isJsonObject(args) ? (args['target'] ?? args['table']) : undefined;
  return typeof table === 'string' ? [table.toLowerCase()] : [];
}
