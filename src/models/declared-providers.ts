import type { ProjectConfig, ProviderConfig } from '../domain/project-config.ts';
import { DefinitionError } from '../errors/index.ts';
import type { ProviderConnection } from './connection.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Declaration extends Omit<ProviderConfig, 'api'> {
  readonly api: ProviderConnection['api'];
  readonly baseUrl: string;
}

const builtIn = {
  openai: {
    api: 'openai.responses',
    baseUrl: 'https://api.openai.com/v1',
    baseUrlEnv: 'OPENAI_BASE_URL',
    apiKeyEnv: 'OPENAI_API_KEY',
  },
  anthropic: {
    api: 'anthropic.messages',
    baseUrl: 'https://api.anthropic.com',
    baseUrlEnv: 'ANTHROPIC_BASE_URL',
    apiKeyEnv: 'ANTHROPIC_API_KEY',
  },
} as const;

/**
 * Every provider by name. Keys and headers are read when a connection is asked for, not before: a project may declare
 * providers whose keys are not on this machine.
 */
export function declaredProviders(
  config: ProjectConfig,
  env: Environment,
): ReadonlyMap<string, () => ProviderConnection> {
  const declared = Object.entries(config.providers ?? {});
  const names = new Set([...Object.keys(builtIn), ...declared.map(([name]) => name)]);
  const given = new Map(declared);
  return new Map(
    [...names].map((name) => [
      name,
      () => connectionOf(name, declarationOf(name, given.get(name), env), env),
    ]),
  );
}

/** Environment variables that hold secrets of providers, and those that the project lists: their values stay out of the log. */
export function secretNamesOf(config: ProjectConfig): string[] {
  const providers = Object.values(config.providers ?? {});
  const keys = providers.flatMap(({ apiKeyEnv }) => (apiKeyEnv === undefined ? [] : [apiKeyEnv]));
  const inHeaders = providers.flatMap(({ headers }) => Object.values(headers ?? {}).flatMap(variablesIn));
  const always = Object.values(builtIn).map(({ apiKeyEnv }) => apiKeyEnv);
  return [...new Set([...always, ...keys, ...inHeaders, ...(config.secrets ?? [])])].sort();
}

function declarationOf(name: string, given: ProviderConfig | undefined, env: Environment): Declaration {
  const known = Object.hasOwn(builtIn, name) ? builtIn[name as keyof typeof builtIn] : undefined;
  const baseUrl = given?.baseUrl ?? (known && (env[known.baseUrlEnv] || known.baseUrl));
  if (baseUrl === undefined) throw noBaseUrl(name);
  const apiKeyEnv = given?.apiKeyEnv ?? known?.apiKeyEnv;
  return {
    api: given?.api ?? known?.api ?? 'openai.chat',
    baseUrl,
    structuredOutput: given?.structuredOutput ?? true,
    ...(apiKeyEnv !== undefined && { apiKeyEnv }),
    ...(given?.headers && { headers: given.headers }),
  };
}

function connectionOf(name: string, declaration: Declaration, env: Environment): ProviderConnection {
  const { apiKeyEnv, headers = {}, api, baseUrl, structuredOutput } = declaration;
  const apiKey = apiKeyEnv === undefined ? undefined : keyOf(name, apiKeyEnv, env);
  const fill = (text: string): string => fillVariables(text, { name, env });
  const fromHeaders = Object.values(headers).flatMap(variablesIn);
  const secrets = [apiKey, ...fromHeaders.map((variable) => env[variable])].flatMap((secret) =>
    secret ? [secret] : [],
  );
  return {
    provider: name,
    api,
    baseUrl,
    structuredOutput,
    headers: Object.fromEntries(Object.entries(headers).map(([header, text]) => [header, fill(text)])),
    secrets,
    ...(apiKey !== undefined && { apiKey }),
    ...(apiKeyEnv !== undefined && { apiKeyEnv }),
    ...(name === 'openai' && accountOf(env)),
  };
}

/** Which of the account's organisations and projects pays: the variables that the SDK itself would read. */
function accountOf(env: Environment): Pick<ProviderConnection, 'organization' | 'project'> {
  return {
    ...(env['OPENAI_ORG_ID'] && { organization: env['OPENAI_ORG_ID'] }),
    ...(env['OPENAI_PROJECT_ID'] && { project: env['OPENAI_PROJECT_ID'] }),
  };
}

function keyOf(name: string, variable: string, env: Environment): string {
  const key = env[variable]?.trim();
  if (key) return key;
  throw new DefinitionError({
    code: 'MODEL_KEY_MISSING',
    message: `the provider "${name}" needs a key, and the environment variable ${variable} is not set`,
    hint: `export ${variable}=<your key>, or run with another model: --model provider:model`,
    details: { provider: name, variable },
  });
}

/** `$${NAME}` is the text `${NAME}` itself, as it is in the configuration of tools. */
const variablePattern = /(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

function variablesIn(text: string): string[] {
  return [...text.matchAll(variablePattern)].map((match) => match[1] ?? '');
}

function fillVariables(text: string, place: { name: string; env: Environment }): string {
  const filled = text.replace(variablePattern, (_, variable: string) => {
    const value = place.env[variable];
    if (value) return value;
    throw new DefinitionError({
      code: 'SECRET_MISSING',
      message: `a header of the provider "${place.name}" uses \${${variable}}, which is not set`,
      hint: `export ${variable}=<value>, or remove the header from aiworkflow.yaml`,
      details: { provider: place.name, variable },
    });
  });
  return filled.replaceAll('$${', '${');
}

function noBaseUrl(name: string): DefinitionError {
  return new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `the provider "${name}" in aiworkflow.yaml has no baseUrl`,
    hint: `add baseUrl under providers.${name}, for example http://127.0.0.1:11434/v1`,
  });
}
