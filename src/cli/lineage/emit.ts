import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AuditFile } from '../../audit/sqlite/index.ts';
import type { JsonObject } from '../../domain/json.ts';
import { runEvents } from '../../lineage/openlineage/run-events.ts';
import { sendEvents } from '../../lineage/openlineage/send-events.ts';
import type { Cli } from '../cli.ts';
import type { Sources } from '../why/question.ts';
import { collectRun } from './collect-run.ts';

export interface EmitRequest {
  readonly log: AuditFile;
  readonly sources: Sources;
  readonly project: string;
  readonly env: Cli['env'];
}

/** The events of these runs; runs that the log does not hold have none. */
export async function eventsOfRuns(
  { log, sources, project, env }: EmitRequest,
  runIds: readonly string[],
): Promise<JsonObject[]> {
  const places = {
    namespace: env['OPENLINEAGE_NAMESPACE'] || 'aiworkflow',
    warehouse: sources.lake.warehouse.folder,
    projectDir: realpathSync(resolve(project)),
  };
  const events: JsonObject[] = [];
  for (const runId of runIds) {
    const record = sources.calls.run(runId);
    if (record) events.push(...runEvents(await collectRun({ log, sources }, record), places));
  }
  return events;
}

export async function emitRuns(
  request: EmitRequest & { readonly target: string },
  runIds: readonly string[],
): Promise<number> {
  const events = await eventsOfRuns(request, runIds);
  await sendEvents(events, { target: request.target, apiKey: request.env['OPENLINEAGE_API_KEY'] });
  return events.length;
}
