import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AiworkflowError, DefinitionError, messageOf } from '../../errors/index.ts';
import { type FileKind, fileKind } from '../../metadata/document-kind.ts';
import type { Contract } from '../../metadata/lake/contract-shape.ts';
import { type Mapping, mappingSchema } from '../../metadata/mapping.ts';
import { contractSchema } from '../../metadata/odcs.ts';
import { policySchema } from '../../metadata/policy.ts';
import { DocumentError, type Problem } from '../../metadata/problem.ts';
import { type Placed, placedValue } from '../../metadata/read-yaml.ts';
import { parseYamlDocument, type YamlDocument } from '../../metadata/yaml-document.ts';

/** One file of the catalog: what it is, what it says, and what is wrong with it. */
export interface ReadFile {
  /** Relative to the project. */
  readonly file: string;
  readonly kind: FileKind;
  /** Undefined when the file is no YAML. */
  readonly document: YamlDocument | undefined;
  readonly contract?: Placed<Contract>;
  readonly mapping?: Placed<Mapping>;
  readonly problems: readonly Problem[];
}

export async function readDocumentFile(projectDir: string, file: string): Promise<ReadFile> {
  return readDocumentText({ file, text: await textOf(resolve(projectDir, file), file) });
}

export function readDocumentText(text: { readonly file: string; readonly text: string }): ReadFile {
  const { file } = text;
  const document = collecting(file, () => parseYamlDocument(text));
  if (!document.value)
    return {
      file,
      kind: fileKind({ file, value: undefined }),
      document: undefined,
      problems: document.problems,
    };
  return readKind(document.value);
}

function readKind(document: YamlDocument): ReadFile {
  const { file, value } = document;
  const kind = fileKind({ file, value });
  const known = { file, kind, document };
  if (kind === 'response') return { ...known, problems: [] };
  if (kind === 'contract') {
    const { value: contract, problems } = collecting(file, () => placedValue(document, contractSchema));
    return { ...known, problems, ...(contract && { contract }) };
  }
  if (kind === 'mapping') {
    const { value: mapping, problems } = collecting(file, () => placedValue(document, mappingSchema));
    return { ...known, problems, ...(mapping && { mapping }) };
  }
  return { ...known, problems: collecting(file, () => placedValue(document, policySchema)).problems };
}

interface Collected<Value> {
  readonly value?: Value;
  readonly problems: readonly Problem[];
}

/** The errors of a file as a list: those of the other files are wanted too. */
function collecting<Value>(file: string, read: () => Value): Collected<Value> {
  try {
    return { value: read(), problems: [] };
  } catch (error) {
    return { problems: problemsOf(error, file) };
  }
}

export function problemsOf(error: unknown, file: string): readonly Problem[] {
  if (error instanceof DocumentError) return error.problems;
  if (!AiworkflowError.is(error)) throw error;
  const { code, message, hint, location = { file, line: 1, column: 1 } } = error;
  const place = `${location.file}:${location.line}:${location.column} `;
  const bare = message.startsWith(place) ? message.slice(place.length) : message;
  return [{ code, message: bare, location, path: '', ...(hint !== undefined && { hint }) }];
}

async function textOf(absolute: string, file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(absolute));
  } catch (cause) {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new DefinitionError({
      code: isAbsent ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      message: isAbsent
        ? `There is no file ${file}.`
        : `${file} cannot be read as UTF-8: ${messageOf(cause)}`,
      hint: isAbsent
        ? 'name a contract, a mapping or a policy, as contracts/product.odcs.yaml.'
        : `save ${file} as UTF-8.`,
      cause,
    });
  }
}
