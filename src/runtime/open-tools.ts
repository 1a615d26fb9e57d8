import type { ServerConfig } from '../domain/server-config.ts';
import type { SchemaValidator } from '../ports/schema-validator.ts';
import type { CallableTool } from '../ports/tool-source.ts';
import type { Runtime } from '../runtime.ts';
import { type ClosableToolSource, createToolSource } from '../tools/tool-source.ts';
import { cliPath } from './cli-path.ts';
import { serverSecretsOf } from './secrets.ts';

/** The tools of these servers and of the program itself. Servers start when a pattern needs them; `close` ends them. */
export function openTools(
  project: Pick<Runtime, 'env' | 'projectDir' | 'scrubber'> & { readonly schemas: SchemaValidator },
  servers: Readonly<Record<string, ServerConfig>>,
  local: readonly CallableTool[] = [],
): ClosableToolSource {
  const { env, projectDir, schemas, scrubber } = project;
  scrubber.add(serverSecretsOf(servers, env));
  return createToolSource({
    servers,
    scrub: scrubber.scrub,
    projectDir,
    environment: env,
    validator: schemas,
    shippedCommand: [process.execPath, cliPath],
    local,
  });
}
