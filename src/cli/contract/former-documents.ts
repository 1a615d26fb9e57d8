import { join } from 'node:path';
import { memberOf } from '../../metadata/known-keys.ts';
import type { DocumentCheck } from './check-documents.ts';
import { kindWords } from './compare-read.ts';
import { nameInProject } from './find-files.ts';
import { filesAt } from './git-history.ts';
import type { DocumentFolders } from './project-folders.ts';
import { type ReadFile, readDocumentText } from './read-document.ts';

interface Catalogs {
  readonly projectDir: string;
  readonly folders: readonly DocumentFolders[];
}

/** The contracts, mappings and policies that the catalogs held at a commit. */
export async function documentsAt(revision: string, { projectDir, folders }: Catalogs): Promise<ReadFile[]> {
  const all = folders.flatMap(({ contracts, feeds }) => [contracts, join(contracts, 'policies'), feeds]);
  const names = [...new Set(all.map((folder) => nameInProject(projectDir, folder)))];
  const files = await filesAt(projectDir, { revision, folders: names });
  return files.map(readDocumentText).filter(({ kind }) => kind !== 'response');
}

export function isSameDocument(one: ReadFile, other: ReadFile): boolean {
  const id = idOf(one);
  return one.kind === other.kind && id !== undefined && id === idOf(other);
}

/** What was there at the commit (without one: at the last) and is gone; whoever reads it was never told. */
export async function deletedDocuments(
  checks: readonly DocumentCheck[],
  { commit = 'HEAD', ...catalogs }: Catalogs & { readonly commit?: string },
): Promise<DocumentCheck[]> {
  const former = await documentsAt(commit, catalogs);
  return former.flatMap((was) => {
    const id = idOf(was);
    // A file that cannot be read or compared now has said so, and may hold the document still.
    const isThere = checks.some(({ errors, ...now }) =>
      now.file === was.file && errors.length > 0 ? true : now.kind === was.kind && now.id === id,
    );
    return id === undefined || isThere || mayGo(was) ? [] : [deleted(was, { id, commit })];
  });
}

/** Nobody was promised a draft, and those who read a retired contract were told. */
const mayGo = ({ kind, document }: ReadFile): boolean =>
  kind === 'contract' &&
  ['proposed', 'draft', 'retired'].includes(String(memberOf(document?.value, 'status')));

function deleted(
  { file, kind, document }: ReadFile,
  { id, commit }: { readonly id: string; readonly commit: string },
): DocumentCheck {
  const version = memberOf(document?.value, 'version');
  const what = kindWords[kind];
  return {
    file,
    kind,
    id,
    ...(typeof version === 'string' && { version }),
    errors: [
      {
        code: 'DEFINITION_INVALID',
        message: `A breaking change: ${what} "${id}" was deleted since ${commit}.`,
        hint:
          kind === 'contract'
            ? `bring it back: git checkout ${commit} -- ${file}; a contract goes after a version with \`status: retired\` was committed.`
            : `bring it back: git checkout ${commit} -- ${file}; when it is meant to go, compare with a later commit: --since <commit>.`,
        location: { file, line: 1, column: 1 },
        path: '',
      },
    ],
  };
}

function idOf({ document }: ReadFile): string | undefined {
  const id = memberOf(document?.value, 'id');
  return typeof id === 'string' ? id : undefined;
}
