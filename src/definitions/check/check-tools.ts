import type { LoadedStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { ServerConfig } from '../../domain/server-config.ts';
import { AiworkflowError, nearest } from '../../errors/index.ts';
import type { YamlFile, YamlPath } from '../yaml-file.ts';
import { type Finding, findingOf } from './report.ts';

/** The full names (`lake.ingest`) of a server's tools. May start the server; rejects with an AiworkflowError. */
export type ToolLister = (server: string, config: ServerConfig) => Promise<readonly string[]>;

interface Tools {
  readonly list: ToolLister;
  readonly yaml?: YamlFile;
}

/** Tools that steps name and no server offers. Only servers that a step names are asked. */
export async function checkTools(workflow: LoadedWorkflow, { list, yaml }: Tools): Promise<Finding[]> {
  const wanted = workflow.steps.flatMap((step, index) => wantedBy(step, index));
  const servers = Object.entries(workflow.servers).filter(([name]) =>
    wanted.some(({ pattern }) => matcher(pattern.split('.')[0] ?? '').test(name)),
  );
  const offers = await Promise.all(servers.map(([name, config]) => offerOf({ name, config, list })));
  const failures = offers.flatMap((offer) => offer.failure ?? []);
  // A server that does not answer says nothing about its tools.
  if (failures.length > 0) return failures;
  const names = offers.flatMap((offer) => offer.names);
  return wanted.flatMap(({ pattern, path, step }) => {
    if (!pattern.includes('.') || names.some((name) => matcher(pattern).test(name))) return [];
    const [near] = nearest(pattern, names);
    return {
      code: 'TOOL_UNKNOWN' as const,
      message: `No server offers a tool "${pattern}".`,
      hint: near ? `Did you mean "${near}"?` : `Offered: ${names.join(', ') || 'nothing'}.`,
      location: yaml?.at(path) ?? step.location,
    };
  });
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
  readonly names: readonly string[];
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
    return { names: await list(name, config) };
  } catch (error) {
    if (!AiworkflowError.is(error)) throw error;
    return { names: [], failure: findingOf(error) };
  }
}

function matcher(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
