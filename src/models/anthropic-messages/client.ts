import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import type { OpenModel, ProviderConnection } from '../connection.ts';
import { endpointOf } from '../wire/endpoint.ts';
import type { Post } from '../wire/http-post.ts';
import { streamOnce } from '../wire/stream-once.ts';
import { toolNamesOf } from '../wire/tool-names.ts';
import { messagesRequests } from './request.ts';
import { openAnthropicSdk } from './sdk.ts';
import { MessagesReader } from './stream.ts';

/** The Messages API: Anthropic's models, and servers that speak it. */
export async function openMessages(connection: ProviderConnection, post: Post): Promise<OpenModel> {
  const endpoint = endpointOf(await openAnthropicSdk(connection), '/v1/messages');
  return (model) => {
    const textOf = messagesRequests(connection, model);
    return {
      id: `${connection.provider}:${model}`,
      api: 'anthropic.messages',
      source: 'live',
      generate: async (request, context) =>
        await streamOnce<RawMessageStreamEvent>({
          connection,
          model,
          context,
          endpoint,
          post,
          body: textOf(request),
          reader: new MessagesReader({ names: toolNamesOf(request.tools), onText: context.onText }),
        }),
    };
  };
}
