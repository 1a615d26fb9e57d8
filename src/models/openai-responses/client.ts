import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { OpenModel, ProviderConnection } from '../connection.ts';
import { openOpenAi } from '../wire/openai-sdk.ts';
import { type OpenAnswer, streamOnce } from '../wire/stream-once.ts';
import { toolNamesOf } from '../wire/tool-names.ts';
import { responsesRequests } from './request.ts';
import { ResponsesReader } from './stream.ts';

/** The Responses API: OpenAI's own models. Nothing is stored at the provider; the whole conversation is sent. */
export async function openResponses(
  connection: ProviderConnection,
  fetchThrough: typeof fetch,
): Promise<OpenModel> {
  const sdk = await openOpenAi(connection, fetchThrough);
  return (model) => {
    const textOf = responsesRequests(connection, model);
    return {
      id: `${connection.provider}:${model}`,
      source: 'live',
      generate: async (request, context) =>
        await streamOnce<ResponseStreamEvent>({
          connection,
          model,
          context,
          body: textOf(request),
          reader: new ResponsesReader({ names: toolNamesOf(request.tools), onText: context.onText }),
          send: (options) =>
            sdk.post<OpenAnswer<ResponseStreamEvent>['data']>('/responses', options).withResponse(),
        }),
    };
  };
}
