import type { LoadedPrompt, LoadedPromptStep, ResponseContract } from '../domain/loaded-workflow.ts';
import type { TemplateSource } from '../domain/template.ts';
import type { StepDefinition } from '../domain/workflow-definition.ts';
import { type LoadedPromptFile, loadPromptFile } from './load-prompt-file.ts';
import type { StepContext } from './load-step.ts';
import { ProblemCollector } from './problems.ts';
import { readContract } from './response-contract.ts';
import { splitRoles } from './split-roles.ts';
import { requireServer } from './tool-servers.ts';
import type { YamlPath } from './yaml-file.ts';

type PromptStep = Extract<StepDefinition, { prompt: string }>;

export interface LoadedPromptWork {
  readonly work: Pick<LoadedPromptStep, 'kind' | 'prompt' | 'model' | 'tools' | 'response' | 'settings'>;
  readonly templates: readonly TemplateSource[];
  readonly defaults: readonly string[];
}

/** A prompt step: its own keys win over the front matter of its file. */
export async function loadStepPrompt(
  context: StepContext,
  step: PromptStep,
  path: YamlPath,
): Promise<LoadedPromptWork> {
  const problems = new ProblemCollector();
  const file = await problems.attemptAsync(() => promptOf(context, step, path));
  const own = await problems.attemptAsync(() => ownContract(context, step, path));
  const tools = step.tools ?? file?.tools ?? [];
  for (const [index, pattern] of tools.entries()) {
    const location = context.yaml.at(step.tools ? [...path, 'tools', index] : [...path, 'prompt']);
    problems.attempt(() => requireServer(pattern, context.servers, location));
  }
  problems.throwIfAny();
  if (!file) throw new Error('a prompt without problems is loaded');
  const model = step.model ?? file.model;
  const response = own ?? file.response;
  return {
    work: {
      kind: 'prompt',
      prompt: file.prompt,
      tools,
      settings: { ...file.settings, ...step.settings },
      ...(model !== undefined && { model }),
      ...(response && { response }),
    },
    templates: file.prompt.messages.map((message) => message.template),
    defaults: variablesOf(file.prompt),
  };
}

type PromptSource = Pick<LoadedPromptFile, 'prompt' | 'settings' | 'model' | 'tools' | 'response'>;

async function promptOf(context: StepContext, step: PromptStep, path: YamlPath): Promise<PromptSource> {
  const { yaml } = context;
  const place = [...path, 'prompt'];
  if (step.prompt.endsWith('.prompt') && !step.prompt.includes('\n'))
    return loadPromptFile(context, { path: step.prompt, from: yaml.at(place) });
  return { prompt: { messages: splitRoles(yaml.template(place)) }, settings: {} };
}

async function ownContract(
  context: StepContext,
  step: PromptStep,
  path: YamlPath,
): Promise<ResponseContract | undefined> {
  if (step.response === undefined) return undefined;
  return readContract(context, { yaml: context.yaml, path: [...path, 'response'], name: step.id });
}

function variablesOf({ defaults }: LoadedPrompt): string[] {
  return Object.keys(defaults ?? {});
}
