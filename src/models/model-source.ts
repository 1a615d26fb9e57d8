import type { ProjectConfig } from '../domain/project-config.ts';
import { DefinitionError, nearest } from '../errors/index.ts';
import type { ModelClient, ModelSource } from '../ports/model-client.ts';
import type { OpenModel, ProviderConnection } from './connection.ts';
import { declaredProviders, type Environment } from './declared-providers.ts';
import { openRecording } from './recorded/open-recording.ts';

export interface ModelSourceOptions {
  readonly config: ProjectConfig;
  readonly env: Environment;
  /** Where `recordings/<name>.jsonl` and relative paths of recordings are looked for. Default: the working directory. */
  readonly projectDir?: string;
  /** Further providers, by name: `scripted` in tests. They win over declared ones. */
  readonly extra?: Readonly<Record<string, (model: string) => ModelClient | Promise<ModelClient>>>;
}

/**
 * Opens models by `provider:model`: `openai` (Responses), `anthropic` (Messages), every name under `providers:` in
 * aiworkflow.yaml, and `recorded:<name or path>`. An SDK is loaded when its first model is opened; the models of one
 * provider share its connections.
 */
export function createModelSource(options: ModelSourceOptions): ModelSource {
  const providers = declaredProviders(options.config, options.env);
  const extra = new Map(Object.entries(options.extra ?? {}));
  const opened = new Map<string, Promise<OpenModel>>();
  const clients = new Map<string, Promise<ModelClient>>();

  const openLive = async (provider: string, model: string): Promise<ModelClient> => {
    const connect = providers.get(provider);
    if (!connect) throw unknownProvider(provider, [...providers.keys(), ...extra.keys(), 'recorded']);
    const open = opened.get(provider) ?? connectTo(connect(), options.env);
    opened.set(provider, open);
    return (await open)(model);
  };

  const openAny = async (id: string): Promise<ModelClient> => {
    const { provider, model } = splitId(id);
    const own = extra.get(provider);
    if (own) return await own(model);
    if (provider === 'recorded') return openRecording(model, options.projectDir ?? process.cwd());
    return await openLive(provider, model);
  };

  return {
    open(id) {
      const client = clients.get(id) ?? openAny(id);
      clients.set(id, client);
      // A missing key may be set before the next try.
      client.catch(() => clients.delete(id));
      return client;
    },
  };
}

/** `openrouter:anthropic/claude-opus-5:free` is the model `anthropic/claude-opus-5:free` of `openrouter`. */
function splitId(id: string): { provider: string; model: string } {
  const colon = id.indexOf(':');
  const [provider, model] = [id.slice(0, colon), id.slice(colon + 1)];
  if (colon > 0 && model !== '') return { provider, model };
  throw new DefinitionError({
    code: 'MODEL_UNKNOWN',
    message: `"${id}" is no model name: it needs a provider and a model, as in provider:model`,
    hint: 'write openai:<model>, anthropic:<model>, recorded:<name> or <declared provider>:<model>',
  });
}

async function connectTo(connection: ProviderConnection, env: Environment): Promise<OpenModel> {
  const { createHttpPost } = await import('./wire/http-post.ts');
  const post = createHttpPost(env);
  switch (connection.api) {
    case 'openai.chat':
      return (await import('./openai-chat/client.ts')).openChat(connection, post);
    case 'openai.responses':
      return (await import('./openai-responses/client.ts')).openResponses(connection, post);
    case 'anthropic.messages':
      return (await import('./anthropic-messages/client.ts')).openMessages(connection, post);
  }
}

function unknownProvider(provider: string, known: readonly string[]): DefinitionError {
  const close = nearest(provider, known);
  const meant = close.length > 0 ? `did you mean ${close.join(' or ')}? Otherwise ` : '';
  return new DefinitionError({
    code: 'MODEL_UNKNOWN',
    message: `no provider is called "${provider}"; there are ${[...known].sort().join(', ')}`,
    hint: `${meant}declare it in aiworkflow.yaml:\nproviders:\n  ${provider}:\n    api: openai.chat\n    baseUrl: http://127.0.0.1:11434/v1`,
    details: { provider, known: [...known] },
  });
}
