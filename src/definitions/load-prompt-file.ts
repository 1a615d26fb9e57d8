import { basename } from 'node:path';
import type { JsonObject } from '../domain/json.ts';
import type { LoadedPrompt, ResponseContract } from '../domain/loaded-workflow.ts';
import type { ModelSettings } from '../domain/model.ts';
import type { SourceLocation } from '../domain/source-location.ts';
import { DefinitionError } from '../errors/index.ts';
import { type FrontMatter, frontMatterSchema } from './front-matter.ts';
import type { LoadContext } from './load-context.ts';
import { ProblemCollector } from './problems.ts';
import { type ProjectFile, projectFileExists, readProjectFile } from './project-file.ts';
import { readShape } from './read-shape.ts';
import { readContract } from './response-contract.ts';
import { splitRoles } from './split-roles.ts';
import { parseYaml, type YamlFile } from './yaml-file.ts';

export interface LoadedPromptFile {
  readonly file: string;
  readonly description?: string;
  readonly model?: string;
  readonly settings: ModelSettings;
  readonly tools?: readonly string[];
  readonly prompt: LoadedPrompt;
  readonly response?: ResponseContract;
}

interface PromptRequest {
  /** Relative to the project's `prompts/` folder, or to the project. */
  readonly path: string;
  /** Where the path is written. */
  readonly from?: SourceLocation;
}

/** Reads a .prompt file (Dotprompt). Throws DefinitionError; a front matter that does not parse never becomes prompt. */
export async function loadPromptFile(
  context: LoadContext,
  request: PromptRequest,
): Promise<LoadedPromptFile> {
  const file = await findPrompt(context, request);
  const { yaml, front, body } = splitFile(file);
  const problems = new ProblemCollector();
  const name = basename(file.path, '.prompt');
  const input = await problems.attemptAsync(async () =>
    front.input?.schema === undefined
      ? undefined
      : readContract(context, { yaml, path: ['input', 'schema'], name: `${name}_input` }),
  );
  const response = await problems.attemptAsync(() => responseOf(context, { yaml, front, name }));
  const messages = problems.attempt(() => splitRoles(body)) ?? [];
  for (const { template } of messages) problems.attempt(() => context.templates.references(template));
  problems.throwIfAny();
  return {
    file: file.path,
    settings: settingsOf(front),
    prompt: {
      messages,
      ...(front.input?.default && { defaults: front.input.default as JsonObject }),
      ...(input && { input }),
    },
    ...(front.description !== undefined && { description: front.description }),
    ...(front.model !== undefined && { model: front.model }),
    ...(front.tools && { tools: front.tools }),
    ...(response && { response }),
  };
}

async function findPrompt({ project }: LoadContext, { path, from }: PromptRequest): Promise<ProjectFile> {
  const { dir } = project;
  const inFolder = `prompts/${path}`;
  const place = from && { from };
  if (await projectFileExists({ dir, path: inFolder }))
    return readProjectFile({ dir, path: inFolder, ...place });
  if (path.includes('/') || (await projectFileExists({ dir, path })))
    return readProjectFile({ dir, path, ...place });
  return readProjectFile({ dir, path: inFolder, ...place });
}

interface PromptParts {
  readonly yaml: YamlFile;
  readonly front: FrontMatter;
  readonly body: { readonly text: string; readonly origin: SourceLocation };
}

function splitFile(file: ProjectFile): PromptParts {
  const { text, path } = file;
  const begin = /^\s*---[ \t]*(?:\n|$)/.exec(text);
  if (!begin) {
    return {
      yaml: parseYaml({ path, text: '' }),
      front: {},
      body: { text, origin: { file: path, line: 1, column: 1 } },
    };
  }
  const end = /^---[ \t]*(?:\n|$)/m.exec(text.slice(begin[0].length));
  if (!end) throw unclosed(path);
  const bodyAt = begin[0].length + end.index + end[0].length;
  // Blank lines in place of the --- line keep the places of everything below it.
  const blank = begin[0].replaceAll(/[^\n]/g, '');
  const frontText = blank + text.slice(begin[0].length, begin[0].length + end.index);
  const yaml = parseYaml({ path, text: frontText });
  const line = text.slice(0, bodyAt).split('\n').length;
  return {
    yaml,
    front: yaml.value === null ? {} : readShape({ schema: frontMatterSchema, yaml }),
    body: { text: text.slice(bodyAt), origin: { file: path, line, column: 1 } },
  };
}

function unclosed(file: string): DefinitionError {
  return new DefinitionError({
    code: 'YAML_INVALID',
    message: 'The front matter is never closed.',
    hint: 'Write a line of --- where the prompt begins.',
    location: { file, line: 1, column: 1 },
  });
}

async function responseOf(
  context: LoadContext,
  { yaml, front, name }: { readonly yaml: YamlFile; readonly front: FrontMatter; readonly name: string },
): Promise<ResponseContract | undefined> {
  const { format, schema } = front.output ?? {};
  if (schema === undefined && format !== 'json') return undefined;
  if (schema === undefined || format === 'text') {
    throw new DefinitionError({
      code: 'DEFINITION_INVALID',
      message: schema === undefined ? '"format: json" needs a schema.' : 'A text has no schema.',
      hint: schema === undefined ? 'Add `schema:` under `output:`.' : 'Remove `format: text` or the schema.',
      location: yaml.keyAt(['output', 'format']),
    });
  }
  return readContract(context, { yaml, path: ['output', 'schema'], name });
}

function settingsOf({ config = {} }: FrontMatter): ModelSettings {
  const { stopSequences, ...settings } = config;
  return { ...settings, ...(stopSequences && { stop: settings.stop ?? stopSequences }) };
}
