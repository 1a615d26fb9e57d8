import type { ProjectConfig } from '../domain/project-config.ts';
import type { ServerConfig } from '../domain/server-config.ts';
import { secretNamesOf } from '../models/declared-providers.ts';
import { type Environment, secretVariablesOf } from '../tools/mcp/interpolate.ts';

/**
 * The secret values of a project, by the name of their environment variable: providers' keys, what the servers of
 * `aiworkflow.yaml` take from the environment, and what `secrets:` lists.
 */
export function secretsOf(config: ProjectConfig, env: Environment): ReadonlyMap<string, string> {
  const names = [...secretNamesOf(config), ...(config.secrets ?? [])];
  return new Map([...valuesOf(names, env), ...serverSecretsOf(config.tools ?? {}, env)]);
}

export function serverSecretsOf(
  servers: Readonly<Record<string, ServerConfig>>,
  env: Environment,
): ReadonlyMap<string, string> {
  return valuesOf(Object.values(servers).flatMap(secretVariablesOf), env);
}

function valuesOf(names: readonly string[], env: Environment): Map<string, string> {
  const values = names.map((name) => [name, env[name]] as const);
  return new Map(values.filter((entry): entry is readonly [string, string] => Boolean(entry[1])));
}
