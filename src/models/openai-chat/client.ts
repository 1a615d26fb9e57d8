import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { OpenModel, ProviderConnection } from '../connection.ts';
import { openOpenAi } from '../wire/openai-sdk.ts';
import { type OpenAnswer, streamOnce } from '../wire/stream-once.ts';
import { toolNamesOf } from '../wire/tool-names.ts';
import { chatRequests } from './request.ts';
import { ChatReader } from './stream.ts';

/** Chat Completions: OpenAI's older API, and the one that compatible servers speak. */
export async function openChat(
  connection: ProviderConnection,
  fetchThrough: typeof fetch,
): Promise<OpenModel> {
  const sdk = await openOpenAi(connection, fetchThrough);
  return (model) => {
    const textOf = chatRequests(connection, model);
    return {
      id: `${connection.provider}:${model}`,
      source: 'live',
      generate: async (request, context) =>
        await streamOnce<ChatCompletionChunk>({
          connection,
          model,
          context,
          body: textOf(request),
          reader: new ChatReader({
            provider: connection.provider,
            names: toolNamesOf(request.tools),
            turn: request.messages.length,
            onText: context.onText,
          }),
          send: (options) =>
            sdk.post<OpenAnswer<ChatCompletionChunk>['data']>('/chat/completions', options).withResponse(),
        }),
    };
  };
}
