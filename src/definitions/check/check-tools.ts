import type { JsonSchema } from '../../domain/json.ts';
import type { LoadedStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { ServerConfig } from '../../domain/server-config.ts';
import { AiworkflowError, nearest } from '../../errors/index.ts';
import type { SchemaValidator } from '../../ports/schema-validator.ts';
import type { YamlFile, YamlPath } from '../yaml-file.ts';
import { checkArguments } from './check-arguments.ts';
import { type Finding, findingOf } from './report.ts';

/** A tool as its server describes it: by its full name (`lake.ingest`). */
export interface ListedTool {
  readonly name: string;
  /** Without it the arguments of its calls are not checked. */
  readonly inputSchema?: JsonSchema;
}

/** The tools of a server, or only their full names. May start the server; rejects with an AiworkflowError. */
export type ToolLister = (server: string, config: ServerConfig) => Promise<readonly (string | ListedTool)[]>;

interface Tools {
  readonly list: ToolLister;
  readonly schemas: SchemaValidator;
  readonly yaml?: YamlFile;
}

/** Tools that steps name and no server offers, and arguments that they do not take. Only servers that a step names are asked. */
export async function checkTools(
  workflow: LoadedWorkflow,
  { list, schemas, yaml }: Tools,
): Promise<Finding[]> {
  const wanted = workflow.steps.flatMap((step, index) => wantedBy(step, index));
  const servers = Object.entries(workflow.servers).filter(([name]) =>
    wanted.some(({ pattern }) => matcher(pattern.split('.')[0] ?? '').test(name)),
  );
  const offers = await Promise.all(servers.map(([name, config]) => offerOf({ name, config, list })));
  const failures = offers.flatMap((offer) => offer.failure ?? []);
  // A server that does not answer says nothing about its tools.
  if (failures.length > 0) return failures;
  const tools = offers.flatMap((offer) => offer.tools);
  const names = tools.map(({ name }) => name);
  const unknown = wanted.flatMap(({ pattern, path, step }) => {
    if (!pattern.includes('.') || names.some((name) => matcher(pattern).test(name))) return [];
    const [near] = nearest(pattern, names);
    return {
      code: 'TOOL_UNKNOWN' as const,
      message: `No server offers a tool "${pattern}".`,
      hint: near ? `Did you mean "${near}"?` : `Offered: ${names.join(', ') || 'nothing'}.`,
      location: yaml?.at(path) ?? step.location,
    };
  });
  const wrongCalls = workflow.steps.flatMap((step, index) => {
    const schema = step.kind === 'call' && tools.find(({ name }) => name === step.call)?.inputSchema;
    if (!schema) return [];
    return checkArguments(step, schema, { schemas, path: ['steps', index], ...(yaml && { yaml }) });
  });
  return [...unknown, ...wrongCalls];
}

interface Wanted {
  readonly pattern: string;
  readonly path: YamlPath;
  readonly step: LoadedStep;
}

function wantedBy(step: LoadedStep, index: number): Wanted[] {
  if (step.kind === 'call') return [{ pattern: step.call, path: ['steps', index, 'call'], step }];
  if (step.kind === 'workflow') return [];
  return step.tools.map((pattern, tool) => ({ pattern, path: ['steps', index, 'tools', tool], step }));
}

interface Offer {
  readonly tools: readonly ListedTool[];
  readonly failure?: Finding;
}

async function offerOf({
  name,
  config,
  list,
}: {
  readonly name: string;
  readonly config: ServerConfig;
  readonly list: ToolLister;
}): Promise<Offer> {
  try {
    const tools = await list(name, config);
    return { tools: tools.map((tool) => (typeof tool === 'string' ? { name: tool } : tool)) };
  } catch (error) {
    if (!AiworkflowError.is(error)) throw error;
    return { tools: [], failure: findingOf(error) };
  }
}

function matcher(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
