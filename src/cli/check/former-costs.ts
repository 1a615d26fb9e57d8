import { existsSync } from 'node:fs';
import type { CostUsd } from '../../domain/usage.ts';
import type { Cli } from '../cli.ts';
import type { LogOptions } from '../common-options.ts';
import { logFile, withLog } from '../open-log.ts';

/** What runs of the workflow really cost. Replayed answers cost nothing and say nothing about a model's price. */
export async function formerCosts(
  cli: Pick<Cli, 'env'>,
  options: LogOptions,
  workflowId: string,
): Promise<readonly CostUsd[]> {
  // A check leaves no file behind.
  if (!existsSync(await logFile(cli, options))) return [];
  const { listRuns } = await import('../../audit/sqlite/index.ts');
  const rows = await withLog(cli, options, (log) => listRuns(log, { workflowId, status: 'ok', limit: 200 }));
  return rows.filter((row) => !row.model?.startsWith('recorded:')).map((row) => row.costUsd);
}
