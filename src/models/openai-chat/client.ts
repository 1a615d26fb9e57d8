import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { OpenModel, ProviderConnection } from '../connection.ts';
import { endpointOf } from '../wire/endpoint.ts';
import type { Post } from '../wire/http-post.ts';
import { openOpenAi } from '../wire/openai-sdk.ts';
import { streamOnce } from '../wire/stream-once.ts';
import { toolNamesOf } from '../wire/tool-names.ts';
import { chatRequests } from './request.ts';
import { ChatReader } from './stream.ts';

/** Chat Completions: OpenAI's older API, and the one that compatible servers speak. */
export async function openChat(connection: ProviderConnection, post: Post): Promise<OpenModel> {
  const endpoint = endpointOf(await openOpenAi(connection), '/chat/completions');
  return (model) => {
    const textOf = chatRequests(connection, model);
    return {
      id: `${connection.provider}:${model}`,
      api: 'openai.chat',
      source: 'live',
      generate: async (request, context) =>
        await streamOnce<ChatCompletionChunk>({
          connection,
          model,
          context,
          endpoint,
          post,
          body: textOf(request),
          reader: new ChatReader({
            provider: connection.provider,
            names: toolNamesOf(request.tools),
            turn: request.messages.length,
            onText: context.onText,
          }),
        }),
    };
  };
}
