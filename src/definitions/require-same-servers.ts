import { canonicalJson } from '../domain/canonical-json.ts';
import type { LoadedStep, LoadedWorkflow } from '../domain/loaded-workflow.ts';
import { DefinitionError } from '../errors/index.ts';
import type { Servers } from './tool-servers.ts';

/**
 * A workflow and those inside it run in one process with one set of servers: a name must mean the same server in all
 * of them, or a step would call a tool of another server than its author saw.
 */
export function requireSameServers(servers: Servers, steps: readonly LoadedStep[]): void {
  const meanings = new Map(Object.entries(servers).map(([name, config]) => [name, canonicalJson(config)]));
  for (const step of steps) {
    if (step.kind !== 'workflow') continue;
    for (const [name, meaning] of serversInside(step.workflow)) {
      const known = meanings.get(name);
      if (known !== undefined && known !== meaning) throw twoMeanings(name, step);
      meanings.set(name, meaning);
    }
  }
}

function serversInside(workflow: LoadedWorkflow): [string, string][] {
  const own = Object.entries(workflow.servers).map(([name, config]): [string, string] => [
    name,
    canonicalJson(config),
  ]);
  return [
    ...own,
    ...workflow.steps.flatMap((step) => (step.kind === 'workflow' ? serversInside(step.workflow) : [])),
  ];
}

function twoMeanings(name: string, step: LoadedStep): DefinitionError {
  return new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `Inside the workflow of step "${step.id}" the tool server "${name}" is another one than outside.`,
    hint: 'Declare it once in aiworkflow.yaml, or give one of them another name.',
    location: step.location,
    details: { server: name, step: step.id },
  });
}
