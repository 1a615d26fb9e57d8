import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import type { z } from 'zod';
import { DefinitionError, messageOf } from '../../errors/index.ts';
import { type Contract, contractSchema } from '../../metadata/odcs.ts';
import { type Policy, policySchema } from '../../metadata/policy.ts';
import { readYaml } from '../../metadata/read-yaml.ts';

/** Everything that the catalog serves, sorted by id so that every answer is the same on every machine. */
export interface Catalog {
  readonly contracts: readonly Contract[];
  readonly policies: readonly Policy[];
}

/** Throws DefinitionError FILE_NOT_FOUND, FILE_UNREADABLE, YAML_INVALID or DEFINITION_INVALID. */
export async function loadCatalog(folder: string): Promise<Catalog> {
  return {
    contracts: await loadFolder(folder, contractSchema),
    policies: await loadFolder(posix.join(folder, 'policies'), policySchema, { optional: true }),
  };
}

async function loadFolder<Value extends { readonly id: string }>(
  folder: string,
  schema: z.ZodType<Value>,
  { optional = false } = {},
): Promise<Value[]> {
  const files = await yamlFilesOf(folder, optional);
  const byId = new Map<string, { file: string; value: Value }>();
  for (const file of files) {
    const value = readYaml({ file, text: await textOf(file) }, schema);
    const twin = byId.get(value.id);
    if (twin) throw sameId({ id: value.id, first: twin.file, second: file });
    byId.set(value.id, { file, value });
  }
  return [...byId.values()].map(({ value }) => value).sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function yamlFilesOf(folder: string, optional: boolean): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
      .map(({ name }) => name);
    return names.sort().map((name) => posix.join(folder, name));
  } catch (cause) {
    if (optional && isAbsent(cause)) return [];
    throw new DefinitionError({
      code: isAbsent(cause) ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      message: `The folder of contracts ${folder} cannot be read: ${messageOf(cause)}`,
      hint: 'Name it with --contracts <dir>.',
      cause,
    });
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    throw new DefinitionError({
      code: 'FILE_UNREADABLE',
      message: `${file} cannot be read as UTF-8: ${messageOf(cause)}`,
      hint: `Save ${file} as UTF-8.`,
      cause,
    });
  }
}

function sameId({ id, first, second }: { id: string; first: string; second: string }): DefinitionError {
  return new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `The id "${id}" is already taken by ${first}.`,
    hint: `Change the id in ${second}.`,
    location: { file: second, line: 1, column: 1 },
  });
}

function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}
