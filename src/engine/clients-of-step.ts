import type { StepPath } from '../domain/position.ts';
import type { ModelClient } from '../ports/model-client.ts';
import { deferredClient } from './recorded-client.ts';
import type { RunContext } from './run-context.ts';

/** The models of one step. Two when it is forked or resumed with another one in the middle of its conversation. */
export interface StepClients {
  readonly client: ModelClient;
  /** Asked for the calls that are in the log. */
  readonly before?: ModelClient;
}

/** Opened at once when nothing of the step is in the log: a key that is missing must show before anything is paid for. */
export async function clientsOfStep(run: RunContext, path: StepPath, model: string): Promise<StepClients> {
  const { models } = run.services;
  const recorded = run.journal.frameOf(path);
  const open = (id: string): Promise<ModelClient> => models.open(id);
  // Of a step that came to no call a frozen replay needs nothing but the name of what is asked for next.
  if (!recorded && run.journal.closed) return { client: deferredClient(model, { model }, open) };
  if (!recorded) return { client: await models.open(model) };
  if (recorded.name === model) return { client: deferredClient(model, recorded, open) };
  // A frozen replay of another model diverges at its first call, and says so: nothing is opened for it.
  if (run.journal.closed) return { client: deferredClient(model, { model }, open) };
  return { client: await models.open(model), before: deferredClient(recorded.name, recorded, open) };
}
