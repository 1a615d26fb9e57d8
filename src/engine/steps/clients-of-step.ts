import type { Position, StepPath } from '../../domain/position.ts';
import type { ModelClient } from '../../ports/model-client.ts';
import type { RecordedFrame } from '../journal/journal.ts';
import { deferredClient } from '../journal/recorded-client.ts';
import type { RunContext } from '../runs/run-context.ts';

/** The models of one step. Several when it was forked or resumed with another one in the middle of its conversation. */
export interface StepClients {
  readonly client: ModelClient;
  /** The model of a call that is in the log: asked in its name, the request is the recorded one. */
  readonly recordedAt?: (position: Position) => ModelClient | undefined;
}

/** Opened at once when nothing of the step is in the log: a key that is missing must show before anything is paid for. */
export async function clientsOfStep(run: RunContext, path: StepPath, model: string): Promise<StepClients> {
  const { models } = run.services;
  const recorded = run.journal.frameOf(path);
  const open = (id: string): Promise<ModelClient> => models.open(id);
  // Of a step that came to no call a frozen replay needs nothing but the name of what is asked for next.
  if (!recorded && run.journal.closed) return { client: deferredClient(model, { model }, open) };
  if (!recorded) return { client: await models.open(model) };
  const recordedAt = recordedClients(run, open);
  if (recorded.name === model) return { client: deferredClient(model, recorded, open), recordedAt };
  if (!run.journal.closed) return { client: await models.open(model), recordedAt };
  // A frozen replay of another model diverges at its first call, and says so: nothing is opened for it.
  const wasChosen = run.journal.step(path)?.started.model === model;
  return { client: deferredClient(model, { model }, open), ...(wasChosen && { recordedAt }) };
}

/** One client for all calls with the same request: what is made of it is made once. */
function recordedClients(
  { journal }: RunContext,
  open: (id: string) => Promise<ModelClient>,
): (position: Position) => ModelClient | undefined {
  const clients = new Map<RecordedFrame, ModelClient>();
  return (position) => {
    const frame = journal.frameAt(position);
    if (!frame) return undefined;
    const client = clients.get(frame) ?? deferredClient(frame.name, frame, open);
    clients.set(frame, client);
    return client;
  };
}
