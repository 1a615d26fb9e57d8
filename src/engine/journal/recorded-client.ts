import type { ModelClient } from '../../ports/model-client.ts';
import type { RecordedFrame } from './journal.ts';

/** A model that is opened when it is first needed: what is answered from the log needs no key and no network. */
export interface DeferredClient extends ModelClient {
  ready(): Promise<void>;
}

/** The model under the name that the recorded requests were made for, so that an equal request has an equal fingerprint. */
export function deferredClient(
  id: string,
  recorded: Pick<RecordedFrame, 'model'>,
  open: (id: string) => Promise<ModelClient>,
): DeferredClient {
  let opened: ModelClient | undefined;
  let opening: Promise<ModelClient> | undefined;
  // The promise is kept: two calls that need it at once must not open it twice.
  const client = (): Promise<ModelClient> => {
    opening ??= open(id).then((ready) => {
      opened = ready;
      return ready;
    });
    return opening;
  };
  return {
    id,
    get source() {
      return opened?.source ?? 'live';
    },
    get api() {
      return opened?.api;
    },
    answersAs: () => recorded.model,
    async ready() {
      await client();
    },
    generate: async (request, context) => (await client()).generate(request, context),
  };
}

export const isDeferred = (client: ModelClient): client is DeferredClient => 'ready' in client;
