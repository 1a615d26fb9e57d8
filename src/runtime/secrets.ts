import type { ProjectConfig } from '../domain/project-config.ts';
import type { ServerConfig } from '../domain/server-config.ts';

/** Keys that providers' SDKs read from the environment, whether or not the project names them. */
const wellKnown = ['OPENAI_API_KEY', 'OPENAI_ADMIN_KEY', 'ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'];

/**
 * The secret values of a project, by the name of their environment variable: provider keys, whatever `${NAME}` in a
 * server's env, headers and args refers to, and what `secrets:` lists.
 */
export function secretsOf(
  config: ProjectConfig,
  servers: Readonly<Record<string, ServerConfig>>,
  env: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
  const names = new Set([...wellKnown, ...(config.secrets ?? []), ...providerSecrets(config)]);
  for (const server of [...Object.values(config.tools ?? {}), ...Object.values(servers)])
    for (const name of referencedVariables(server)) names.add(name);
  const values = [...names].map((name) => [name, env[name]] as const);
  return new Map(values.filter((entry): entry is readonly [string, string] => Boolean(entry[1])));
}

function providerSecrets(config: ProjectConfig): string[] {
  return Object.values(config.providers ?? {}).flatMap((provider) => [
    ...(provider.apiKeyEnv ? [provider.apiKeyEnv] : []),
    ...variablesIn(JSON.stringify(provider.headers ?? {})),
  ]);
}

const referencedVariables = (server: ServerConfig): string[] => variablesIn(JSON.stringify(server));

const variablesIn = (text: string): string[] =>
  [...text.matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g)].map((match) => match[1] ?? '');
