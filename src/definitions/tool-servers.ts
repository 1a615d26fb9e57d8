import type { ServerConfig } from '../domain/server-config.ts';
import type { SourceLocation } from '../domain/source-location.ts';
import type { WorkflowDefinition } from '../domain/workflow-definition.ts';
import { DefinitionError, type ErrorFields, nearest } from '../errors/index.ts';
import type { LoadedProject } from './load-context.ts';
import { ProblemCollector } from './problems.ts';
import type { YamlFile } from './yaml-file.ts';

export type Servers = Readonly<Record<string, ServerConfig>>;

/**
 * The servers that a workflow's steps may use. A list names servers of aiworkflow.yaml and leaves out the others;
 * a map declares servers beside those of aiworkflow.yaml and wins over them; without `tools` all of them are there.
 */
export function toolServers(
  tools: WorkflowDefinition['tools'],
  { project, yaml }: { readonly project: LoadedProject; readonly yaml: YamlFile },
): Servers {
  const declared = project.config.tools ?? {};
  if (!Array.isArray(tools)) return { ...declared, ...tools };
  const problems = new ProblemCollector();
  for (const [index, name] of tools.entries()) {
    if (!Object.hasOwn(declared, name))
      problems.add(unknownServer(name, Object.keys(declared), yaml.at(['tools', index])));
  }
  problems.throwIfAny();
  return Object.fromEntries(Object.entries(declared).filter(([name]) => tools.includes(name)));
}

/** Throws when the pattern (`lake.*`, `files.read_text_file`) names a server that the workflow does not have. */
export function requireServer(pattern: string, servers: Servers, location: SourceLocation): void {
  const dot = pattern.indexOf('.');
  const name = pattern.slice(0, dot);
  // A name without a server is a tool of the program that runs the workflow; a glob may match any server.
  if (dot < 0 || /[*?{[]/.test(name) || Object.hasOwn(servers, name)) return;
  throw new DefinitionError(unknownServer(name, Object.keys(servers), location));
}

function unknownServer(name: string, known: readonly string[], location: SourceLocation): ErrorFields {
  const [near] = nearest(name, known);
  return {
    code: 'TOOL_SERVER_UNKNOWN',
    message: `There is no tool server "${name}".`,
    hint: `${near ? `Did you mean "${near}"? ` : ''}${
      known.length > 0 ? `Declared: ${known.join(', ')}.` : 'Declare it under `tools:` in aiworkflow.yaml.'
    }`,
    location,
    details: { name, known: [...known] },
  };
}
