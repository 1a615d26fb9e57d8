import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AuditFile } from '../audit/sqlite/index.ts';
import type { Cli } from './cli.ts';
import type { LogOptions } from './common-options.ts';

type LogUser = Pick<Cli, 'env'> & Partial<Pick<Cli, 'terminal'>>;

const defaultFile = '.aiworkflow/audit.db';

/** Opens the log for reading, beside a process that may be writing to it, and closes it after `read`. */
export async function withLog<Result>(
  cli: LogUser,
  options: LogOptions,
  read: (log: AuditFile) => Result | Promise<Result>,
): Promise<Result> {
  const { openAuditLog } = await import('../audit/sqlite/index.ts');
  const file = await logFile(cli, options);
  const onUpgraded = sayUpgraded(cli.terminal, file);
  const log = openAuditLog({ file, durability: 'full', readOnly: true, onUpgraded });
  try {
    return await read(log);
  } finally {
    log.close();
  }
}

/** Opens the log for writing; makes it when it is not there, unless it `mustExist`. */
export async function withWritableLog<Result>(
  cli: LogUser,
  options: LogOptions & { readonly mustExist?: true },
  work: (log: AuditFile) => Result | Promise<Result>,
): Promise<Result> {
  const { openAuditLog } = await import('../audit/sqlite/index.ts');
  const file = await logFile(cli, options);
  if (options.mustExist && !existsSync(file))
    openAuditLog({ file, durability: 'full', readOnly: true }).close();
  const log = openAuditLog({ file, durability: 'full', onUpgraded: sayUpgraded(cli.terminal, file) });
  try {
    return await work(log);
  } finally {
    log.close();
  }
}

/** An older program does not read the log any more: that is not to happen without a word. */
const sayUpgraded =
  (terminal: Cli['terminal'] | undefined, file: string) =>
  (versions: Versions): void =>
    terminal?.err(upgradeWords({ file, ...versions }));

export type UpgradeListener = (versions: Versions) => void;

interface Versions {
  readonly from: number;
  readonly to: number;
}

export const upgradeWords = ({ file, from, to }: Versions & { readonly file: string }): string =>
  `The log ${file} was brought from version ${from} to version ${to}.`;

/**
 * `--db`, then AIWORKFLOW_DB, then what the project says, then `.aiworkflow/audit.db`; as runs choose it. What is typed
 * is relative to where it is typed, the rest to the project.
 */
export async function logFile({ env }: Pick<Cli, 'env'>, { db, project }: LogOptions): Promise<string> {
  if (db !== undefined) return resolve(db);
  return resolve(project, env['AIWORKFLOW_DB'] || ((await configured(project)) ?? defaultFile));
}

/** Without a project file YAML and its schema need not be loaded. */
async function configured(project: string): Promise<string | undefined> {
  if (!existsSync(resolve(project, 'aiworkflow.yaml'))) return undefined;
  const { loadProject } = await import('../definitions/index.ts');
  return (await loadProject({ dir: resolve(project) })).config.database;
}
