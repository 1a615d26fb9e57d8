import { basename, extname } from 'node:path';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { LoadedWorkflow, ResponseContract } from '../domain/loaded-workflow.ts';
import { DefinitionError } from '../errors/index.ts';
import type { LoadContext } from './load-context.ts';
import { loadPromptFile } from './load-prompt-file.ts';
import { loadWorkflow } from './load-workflow.ts';
import { readProjectFile } from './project-file.ts';
import { wholeFileContract } from './response-contract.ts';
import { parseYaml } from './yaml-file.ts';

/** What a file says that answers must satisfy: all of it one contract, or the contracts of a workflow's steps. */
export type ContractFile =
  | { readonly kind: 'contract'; readonly file: string; readonly contract: ResponseContract }
  | { readonly kind: 'workflow'; readonly file: string; readonly workflow: LoadedWorkflow };

/**
 * Reads a file that a step's `response:` may come from: a schema (.json, .yaml), a prompt with `output.schema`, or a
 * workflow with contracts written into it. `path` is relative to the project. Throws DefinitionError.
 */
export async function loadContractFile(context: LoadContext, path: string): Promise<ContractFile> {
  if (extname(path) === '.prompt') return ofPrompt(context, path);
  const file = await readProjectFile({ dir: context.project.dir, path });
  if (!/\.(json|ya?ml)$/.test(path)) throw noContract(file.path, 'is no .prompt, .json or .yaml file');
  const yaml = parseYaml(file);
  const value = yaml.value as Json;
  if (isJsonObject(value) && Array.isArray(value['steps']))
    return {
      kind: 'workflow',
      file: file.path,
      workflow: await loadWorkflow({ ...context, ref: file.path }),
    };
  if (isJsonObject(value) && value['kind'] === 'DataContract')
    throw noContract(file.path, 'is the contract of a table (ODCS), and no step answers with a table');
  const name = basename(file.path, extname(file.path));
  const contract = wholeFileContract(context, { yaml, name, source: file.path });
  return { kind: 'contract', file: file.path, contract };
}

async function ofPrompt(context: LoadContext, path: string): Promise<ContractFile> {
  const { file, response } = await loadPromptFile(context, { path });
  if (!response) throw noContract(file, 'has no `output.schema` in its front matter');
  return { kind: 'contract', file, contract: response };
}

function noContract(file: string, why: string): DefinitionError {
  return new DefinitionError({
    code: 'SCHEMA_INVALID',
    message: `${file} ${why}.`,
    hint: 'name the file that a step takes its `response:` from: a JSON Schema, a prompt with `output.schema`, or the workflow that it is written in.',
    details: { file },
  });
}
