import { resolve } from 'node:path';
import type { ServerConfig } from '../../domain/server-config.ts';
import { ToolError } from '../../errors/index.ts';
import type { HttpLaunch } from './http-transport.ts';
import { type Environment, interpolate } from './interpolate.ts';
import { serverEnvironment } from './server-environment.ts';
import type { StdioLaunch } from './server-process.ts';

export interface LaunchContext {
  readonly environment: Environment;
  readonly projectDir: string;
  /** How `aiworkflow` is started, for the servers that come with it: `[node, path of the CLI]`. */
  readonly shippedCommand?: readonly string[] | undefined;
}

export type Launch = ({ readonly kind: 'stdio' } & StdioLaunch) | ({ readonly kind: 'http' } & HttpLaunch);

/** What is to be started or reached, with every `${NAME}` replaced. Throws DefinitionError SECRET_MISSING. */
export function planLaunch(server: { name: string; config: ServerConfig }, context: LaunchContext): Launch {
  const { name, config } = server;
  const place = `tools.${name}`;
  const fill = (text: string, field: string) =>
    interpolate(text, { environment: context.environment, place: `${place}.${field}` });
  const fillAll = (texts: Readonly<Record<string, string>> = {}, field = 'env') =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, fill(text, `${field}.${key}`)]));

  if ('url' in config) {
    return { kind: 'http', url: config.url, headers: fillAll(config.headers, 'headers') };
  }
  const args = (config.args ?? []).map((text, index) => fill(text, `args[${index}]`));
  const env = serverEnvironment({ ...context, own: fillAll(config.env) });
  if ('server' in config) {
    const [command, ...first] = shippedCommandOf(name, context);
    return {
      kind: 'stdio',
      command,
      args: [...first, 'server', config.server, ...args],
      env,
      cwd: context.projectDir,
    };
  }
  const cwd = resolve(context.projectDir, config.cwd ?? '.');
  return { kind: 'stdio', command: config.command, args, env, cwd };
}

function shippedCommandOf(name: string, { shippedCommand = [] }: LaunchContext): [string, ...string[]] {
  const [command, ...rest] = shippedCommand;
  if (command === undefined) {
    throw new ToolError({
      code: 'TOOL_SERVER_UNREACHABLE',
      message: `The server "${name}" comes with aiworkflow, and this program does not say how to start it.`,
      hint: 'pass `shippedCommand`, e.g. [process.execPath, path of the aiworkflow CLI].',
      details: { server: name },
    });
  }
  return [command, ...rest];
}
