import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { OpenModel, ProviderConnection } from '../connection.ts';
import { endpointOf } from '../wire/endpoint.ts';
import type { Post } from '../wire/http-post.ts';
import { openOpenAi } from '../wire/openai-sdk.ts';
import { streamOnce } from '../wire/stream-once.ts';
import { toolNamesOf } from '../wire/tool-names.ts';
import { responsesRequests } from './request.ts';
import { ResponsesReader } from './stream.ts';

/** The Responses API: OpenAI's own models. Nothing is stored at the provider; the whole conversation is sent. */
export async function openResponses(connection: ProviderConnection, post: Post): Promise<OpenModel> {
  const endpoint = endpointOf(await openOpenAi(connection), '/responses');
  return (model) => {
    const textOf = responsesRequests(connection, model);
    return {
      id: `${connection.provider}:${model}`,
      api: 'openai.responses',
      source: 'live',
      generate: async (request, context) =>
        await streamOnce<ResponseStreamEvent>({
          connection,
          model,
          context,
          endpoint,
          post,
          body: textOf(request),
          reader: new ResponsesReader({ names: toolNamesOf(request.tools), onText: context.onText }),
        }),
    };
  };
}
