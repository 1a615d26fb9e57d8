import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import type { ProjectConfig } from '../../src/domain/project-config.ts';
import { projectConfigSchema } from '../../src/domain/project-config.ts';
import { DefinitionError, ModelError, renderError } from '../../src/errors/index.ts';
import { secretNamesOf } from '../../src/models/declared-providers.ts';
import { createModelSource } from '../../src/models/model-source.ts';
import type { ModelClient } from '../../src/ports/model-client.ts';
import { callContext } from './support/call-context.ts';
import { jsonReply, type ProviderServer, startProvider } from './support/provider-server.ts';

let server: ProviderServer | undefined;
afterEach(() => server?.close());

/** How aiworkflow.yaml names a variable of the environment. */
const fromEnv = (name: string): string => ['$', '{', name, '}'].join('');

const parse = (config: unknown): ProjectConfig => {
  const { budget, ...rest } = projectConfigSchema.parse(config);
  return { ...rest, ...(budget && { budget }) };
};
const open = (id: string, config: unknown = {}, env: Record<string, string> = {}) =>
  createModelSource({ config: parse(config), env }).open(id);
const question = {
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }],
  tools: [],
  settings: {},
} as const;

const failure = async (promise: Promise<unknown>): Promise<DefinitionError> => {
  const error = await promise.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DefinitionError);
  return error as DefinitionError;
};

describe('names', () => {
  test.each(['gpt-4o', 'openai:', ':gpt-4o', ''])('"%s" is no model name', async (id) => {
    const error = await failure(open(id));
    expect(error.code).toBe('MODEL_UNKNOWN');
    expect(error.hint).toContain('openai:<model>');
  });

  test('an unknown provider: the nearest names, and how to declare one', async () => {
    const error = await failure(open('antropic:claude-opus-5'));
    expect(error.code).toBe('MODEL_UNKNOWN');
    expect(error.hint).toContain('did you mean anthropic');
    expect(error.hint).toContain('baseUrl');
  });

  test.each(['constructor', '__proto__', 'toString'])('"%s" is no provider either', async (name) => {
    expect((await failure(open(`${name}:m`))).code).toBe('MODEL_UNKNOWN');
  });

  test('the rest of the name may hold colons and slashes', async () => {
    const client = await open('router:vendor/model:free', {
      providers: { router: { baseUrl: 'https://router.test/v1' } },
    });
    expect(client.id).toBe('router:vendor/model:free');
  });
});

describe('keys', () => {
  test.each([
    ['openai:gpt-6-sol', {}, 'OPENAI_API_KEY'],
    ['anthropic:claude-opus-5', {}, 'ANTHROPIC_API_KEY'],
    ['gw:m', { providers: { gw: { baseUrl: 'https://gw.test/v1', apiKeyEnv: 'GW_KEY' } } }, 'GW_KEY'],
    ['openai:m', { providers: { openai: { apiKeyEnv: 'OTHER_KEY' } } }, 'OTHER_KEY'],
  ])('%s without its key names %j %s', async (id, config, variable) => {
    const error = await failure(open(id, config, { [variable]: ' ' }));
    expect(error.code).toBe('MODEL_KEY_MISSING');
    expect(error.message).toContain(variable);
    expect(error.hint).toContain(variable);
  });

  test('a missing variable in a header', async () => {
    const providers = {
      gw: { baseUrl: 'https://gw.test/v1', headers: { 'x-team': `t-${fromEnv('TEAM_TOKEN')}` } },
    };
    const error = await failure(open('gw:m', { providers }));
    expect(error.code).toBe('SECRET_MISSING');
    expect(error.message).toContain('TEAM_TOKEN');
  });

  test('a provider without a base URL', async () => {
    expect((await failure(open('gw:m', { providers: { gw: {} } }))).code).toBe('DEFINITION_INVALID');
  });

  test('a key that is set later is found', async () => {
    const env: Record<string, string> = {};
    const source = createModelSource({ config: {}, env });
    await failure(source.open('openai:gpt-6-sol'));
    env['OPENAI_API_KEY'] = 'k';
    expect((await source.open('openai:gpt-6-sol')).id).toBe('openai:gpt-6-sol');
  });

  test('which variables are secret', () => {
    const config = parse({
      providers: {
        gw: {
          baseUrl: 'https://gw.test',
          apiKeyEnv: 'GW_KEY',
          headers: { a: `${fromEnv('ONE')} ${fromEnv('TWO')}` },
        },
      },
      secrets: ['MINE', 'GW_KEY'],
    });
    expect(secretNamesOf(config)).toEqual([
      'ANTHROPIC_API_KEY',
      'GW_KEY',
      'MINE',
      'ONE',
      'OPENAI_API_KEY',
      'TWO',
    ]);
  });
});

describe('what is sent', () => {
  const noSuch = jsonReply({ error: { message: 'Bad key: sk-very-secret and tok-secret', type: 'x' } }, 401);

  async function send(
    id: string,
    config: (url: string) => unknown,
    env: (url: string) => Record<string, string>,
  ) {
    server = await startProvider([noSuch]);
    const client = await open(id, config(server.url), env(server.url));
    const error = await client.generate(question, callContext()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ModelError);
    return { error: error as ModelError, headers: server.headers[0] ?? {} };
  }

  test('openai: the base URL of the environment, the key, the organisation', async () => {
    const { headers } = await send(
      'openai:gpt-6-sol',
      () => ({}),
      (url) => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: 'sk-very-secret', OPENAI_ORG_ID: 'org' }),
    );
    expect(headers).toMatchObject({ authorization: 'Bearer sk-very-secret', 'openai-organization': 'org' });
  });

  test('anthropic: the base URL of the project wins over that of the environment', async () => {
    const { headers } = await send(
      'anthropic:claude-opus-5',
      (url) => ({ providers: { anthropic: { baseUrl: url } } }),
      () => ({ ANTHROPIC_BASE_URL: 'http://127.0.0.1:1', ANTHROPIC_API_KEY: 'sk-very-secret' }),
    );
    // Other servers than Anthropic's own may know the older of the two headers only.
    expect(headers).toMatchObject({ authorization: 'Bearer sk-very-secret', 'x-api-key': 'sk-very-secret' });
  });

  test.each(['openai.chat', 'openai.responses', 'anthropic.messages'])(
    '%s: a server that needs no key gets none, and its headers',
    async (api) => {
      const { headers } = await send(
        'local:m',
        (url) => ({
          providers: {
            local: {
              api,
              baseUrl: url,
              headers: { 'x-team': fromEnv('TEAM'), 'x-as-it-is': `$${fromEnv('TEAM')}` },
            },
          },
        }),
        () => ({ TEAM: 'tok-secret', OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' }),
      );
      expect(headers['x-team']).toBe('tok-secret');
      expect(headers['x-as-it-is']).toBe(fromEnv('TEAM'));
      expect(headers).not.toHaveProperty('authorization');
      expect(headers).not.toHaveProperty('x-api-key');
    },
  );

  test.each(['openai.chat', 'openai.responses', 'anthropic.messages'])(
    '%s: no error shows the key, whatever the provider quotes',
    async (api) => {
      const { error } = await send(
        'gw:m',
        (url) => ({
          providers: {
            gw: { api, baseUrl: url, apiKeyEnv: 'GW_KEY', headers: { 'x-team': fromEnv('TEAM') } },
          },
        }),
        () => ({ GW_KEY: 'sk-very-secret', TEAM: 'tok-secret' }),
      );
      const shown =
        inspect(error, { depth: 10, showHidden: true }) + renderError(error) + JSON.stringify(error);
      expect(shown).toContain('[secret]');
      expect(shown).not.toMatch(/sk-very-secret|tok-secret/);
    },
  );
});

test('further providers come first, and models are opened once', async () => {
  let opened = 0;
  const scripted = (model: string): ModelClient => {
    opened++;
    return { id: `scripted:${model}`, source: 'live', generate: () => Promise.reject(new Error('unused')) };
  };
  const source = createModelSource({ config: {}, env: {}, extra: { scripted, openai: scripted } });
  expect(await source.open('scripted:a')).toBe(await source.open('scripted:a'));
  expect((await source.open('openai:b')).id).toBe('scripted:b');
  expect(opened).toBe(2);
});

test('an SDK is loaded when a model is opened, not before', async () => {
  const { spawnSync } = await import('node:child_process');
  const program = `
    const { createModelSource } = await import('./src/models/model-source.ts');
    const source = createModelSource({ config: {}, env: { OPENAI_API_KEY: 'k' } });
    const loaded = () => process.moduleLoadList.some((name) => /https/.test(name));
    const before = loaded();
    await source.open('openai:m');
    console.log(JSON.stringify([before, loaded()]));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(JSON.parse(stdout)).toEqual([false, true]);
});
