import { existsSync } from 'node:fs';
import type { AuditReader } from '../../ports/audit-log.ts';
import type { Asking } from '../../servers/catalog/changes/change.ts';
import type { Cli } from '../cli.ts';
import { logFile, withLog } from '../open-log.ts';

/** By the call that asked: the models whose words it was made with, as the project's log has them. */
export type AskingModels = ReadonlyMap<string, readonly string[]>;

/** Empty where there is no log. A call of a run that it does not hold is not in the answer. */
export async function modelsOfAskings(
  cli: Pick<Cli, 'env'>,
  { project, askings }: { readonly project: string; readonly askings: readonly Asking[] },
): Promise<AskingModels> {
  const calls = askings.flatMap(({ origin }) => (origin ? [origin.call] : []));
  if (calls.length === 0 || !existsSync(await logFile(cli, { project }))) return new Map();
  return withLog(cli, { project }, (log) => modelsOfCalls(log, calls));
}

async function modelsOfCalls(log: AuditReader, calls: readonly string[]): Promise<AskingModels> {
  const [{ callReader }, { authorsOfCall }] = await Promise.all([
    import('../../lineage/call-story.ts'),
    import('../../lineage/authors-of-call.ts'),
  ]);
  const reader = callReader(log, () => '');
  const found = new Map<string, readonly string[]>();
  for (const call of calls) {
    const { story } = reader.find(call);
    const record = story && reader.run(story.runId);
    if (!story || !record) continue;
    const models = authorsOfCall(log, { record, story }).map(({ model }) => modelName(model));
    if (models.length > 0) found.set(call, [...new Set(models)]);
  }
  return found;
}

function modelName({ asked, answered }: { readonly asked: string; readonly answered?: string }): string {
  return answered === undefined || asked.endsWith(`:${answered}`)
    ? asked
    : `${asked} (answered: ${answered})`;
}
