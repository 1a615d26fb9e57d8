import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages';
import type { OpenModel, ProviderConnection } from '../connection.ts';
import { type OpenAnswer, streamOnce } from '../wire/stream-once.ts';
import { toolNamesOf } from '../wire/tool-names.ts';
import { messagesRequests } from './request.ts';
import { openAnthropicSdk } from './sdk.ts';
import { MessagesReader } from './stream.ts';

/** The Messages API: Anthropic's models, and servers that speak it. */
export async function openMessages(
  connection: ProviderConnection,
  fetchThrough: typeof fetch,
): Promise<OpenModel> {
  const sdk = await openAnthropicSdk(connection, fetchThrough);
  return (model) => {
    const textOf = messagesRequests(connection, model);
    return {
      id: `${connection.provider}:${model}`,
      source: 'live',
      generate: async (request, context) =>
        await streamOnce<RawMessageStreamEvent>({
          connection,
          model,
          context,
          body: textOf(request),
          reader: new MessagesReader({ names: toolNamesOf(request.tools), onText: context.onText }),
          send: (options) =>
            // Not `messages.create`: it prints warnings about models to the console.
            sdk.post<OpenAnswer<RawMessageStreamEvent>['data']>('/v1/messages', options).withResponse(),
        }),
    };
  };
}
