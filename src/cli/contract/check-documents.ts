import { AiworkflowError } from '../../errors/index.ts';
import type { FileKind } from '../../metadata/document-kind.ts';
import { memberOf } from '../../metadata/known-keys.ts';
import { checkMapping } from '../../metadata/mappings/check-mapping.ts';
import { inOrder, type Problem } from '../../metadata/problem.ts';
import type { Comparison } from '../../metadata/versions/change.ts';
import { feedTwins } from './feed-twins.ts';
import { findFiles } from './find-files.ts';
import type { DocumentFolders } from './project-folders.ts';
import { problemsOf, type ReadFile, readDocumentFile } from './read-document.ts';

/** What `aiworkflow contract check --json` prints of each file. */
export interface DocumentCheck {
  readonly file: string;
  readonly kind: FileKind;
  readonly id?: string;
  readonly version?: string;
  readonly errors: readonly Problem[];
  /** With `--against-last`: what has changed since; absent for a file that has no history. */
  readonly comparison?: Comparison;
}

export interface CheckRequest {
  readonly projectDir: string;
  readonly folders: readonly DocumentFolders[];
  /** Relative to the project; all files of the folders when it is left out. */
  readonly files?: readonly string[];
  /** Throws when the file is no contract of an answer. */
  readonly requireResponse: (file: string) => Promise<unknown>;
}

/** A check with the document that it is about, for who compares it with an older one. */
export interface CheckedFile {
  readonly read: ReadFile;
  readonly check: DocumentCheck;
}

/** Reads every document of the catalogs, and says what is wrong with those that were asked for. */
export async function checkDocuments(request: CheckRequest): Promise<CheckedFile[]> {
  const { projectDir, folders } = request;
  const inFolders = await findFiles(projectDir, folders);
  const asked = request.files ?? inFolders;
  const all = await readAll(projectDir, [...new Set([...asked, ...inFolders])], asked);
  const contracts = contractsOf(all);
  const inFolderRead = all.filter(({ file }) => inFolders.includes(file));
  const checked = all.filter(({ file }) => asked.includes(file));
  return Promise.all(
    checked.map(async (read) => {
      const errors = inOrder([
        ...read.problems,
        ...(read.mapping && contracts ? checkMapping(read.mapping, contracts) : []),
        ...(inFolders.includes(read.file) ? [...twins(read, all), ...feedTwins(read, inFolderRead)] : []),
        ...(read.kind === 'response' ? await responseProblems(read, request) : []),
      ]);
      return { read, check: { file: read.file, kind: read.kind, ...namesOf(read), errors } };
    }),
  );
}

/** Undefined when one of them does not even say its id: every mapping could be one to it. */
function contractsOf(all: readonly ReadFile[]): Parameters<typeof checkMapping>[1] | undefined {
  const contracts = all
    .filter(({ kind }) => kind === 'contract')
    .map((read) => read.contract?.value ?? { id: namesOf(read).id });
  return contracts.every(hasId) ? contracts : undefined;
}

const hasId = (contract: { readonly id?: string | undefined }): contract is { readonly id: string } =>
  contract.id !== undefined;

/** A file that was not asked for and cannot be read is not what this is about. */
async function readAll(
  projectDir: string,
  files: readonly string[],
  asked: readonly string[],
): Promise<ReadFile[]> {
  const read = await Promise.all(
    files.map((file) =>
      asked.includes(file)
        ? readDocumentFile(projectDir, file)
        : readDocumentFile(projectDir, file).catch((error: unknown) => {
            if (AiworkflowError.is(error)) return undefined;
            throw error;
          }),
    ),
  );
  return read.filter((one) => one !== undefined);
}

function namesOf({ document, kind }: ReadFile): { id?: string; version?: string } {
  if (kind === 'response') return {};
  const [id, version] = [memberOf(document?.value, 'id'), memberOf(document?.value, 'version')];
  return { ...(typeof id === 'string' && { id }), ...(typeof version === 'string' && { version }) };
}

function twins(read: ReadFile, all: readonly ReadFile[]): Problem[] {
  const { id } = namesOf(read);
  const twin = all.find((other) => other !== read && other.kind === read.kind && namesOf(other).id === id);
  if (id === undefined || !twin || !read.document) return [];
  return [
    {
      code: 'DEFINITION_INVALID',
      message: `The id "${id}" is taken by ${twin.file} as well.`,
      hint: 'an id is unique among the documents of its kind: change one of them.',
      location: read.document.at(['id']),
      path: 'id',
    },
  ];
}

/** The contract of an answer is a schema that compiles. */
async function responseProblems(
  { document, file }: ReadFile,
  { requireResponse }: CheckRequest,
): Promise<readonly Problem[]> {
  if (!document || file.startsWith('../')) return [];
  try {
    await requireResponse(file);
    return [];
  } catch (error) {
    return problemsOf(error, file);
  }
}
