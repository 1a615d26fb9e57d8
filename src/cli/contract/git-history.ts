import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const mostBytes = 50_000_000;
/** A document with more states than this is compared with its newest ones. */
const mostStates = 200;

/** A state of a file that was committed. */
export interface FileState {
  readonly commit: string;
  readonly text: string;
}

export type History =
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'git'; readonly states: () => AsyncGenerator<FileState> };

/** What git knows of a file, the newest state first. Git is only asked; nothing of the repository is run or written. */
export async function gitHistory(file: string): Promise<History> {
  const folder = dirname(file);
  try {
    await git(folder, ['rev-parse', '--is-inside-work-tree']);
  } catch (error) {
    return { kind: 'none', why: whyNot(error) };
  }
  return { kind: 'git', states: () => statesOf(file) };
}

/** Whether the repository of the file has a commit, branch or tag of this name. */
export async function isCommit(file: string, revision: string): Promise<boolean> {
  try {
    await git(dirname(file), [
      'rev-parse',
      '--quiet',
      '--verify',
      '--end-of-options',
      `${revision}^{commit}`,
    ]);
    return true;
  } catch {
    return false;
  }
}

/** The file as it was at a commit, branch or tag; undefined when it was not there, or there is no such commit. */
export async function stateAt(file: string, revision: string): Promise<string | undefined> {
  return (await isCommit(file, revision)) ? blobAt(file, revision) : undefined;
}

async function blobAt(file: string, revision: string): Promise<string | undefined> {
  try {
    return await git(dirname(file), ['cat-file', 'blob', `${revision}:./${basename(file)}`]);
  } catch {
    return undefined;
  }
}

/** The files that stood right in these folders at a commit, relative to `dir`, with their texts; none without the commit. */
export async function filesAt(
  dir: string,
  { revision, folders }: { readonly revision: string; readonly folders: readonly string[] },
): Promise<{ readonly file: string; readonly text: string }[]> {
  const places = folders.map((folder) => `${folder}/`);
  const listed = await git(dir, ['ls-tree', '--name-only', '-z', revision, '--', ...places]).catch(() => '');
  const names = listed.split('\0').filter((name) => /(^|\/)[^./][^/]*\.(ya?ml|json)$/.test(name));
  const files = await Promise.all(
    names.map(async (file) => {
      const path = file.startsWith('../') ? file : `./${file}`;
      const text = await git(dir, ['cat-file', 'blob', `${revision}:${path}`]).catch(() => undefined);
      return text === undefined ? undefined : { file, text };
    }),
  );
  return files.filter((file) => file !== undefined);
}

/** The commit before the file was there under this name: the last one, when it was not committed yet. */
export async function commitBefore(file: string): Promise<string> {
  const added = await git(dirname(file), [
    'log',
    '--max-count=1',
    '--no-renames',
    '--diff-filter=A',
    '--format=%H',
    '--',
    basename(file),
  ]).catch(() => '');
  const isCommitted = (await blobAt(file, 'HEAD')) !== undefined;
  return isCommitted && added !== '' ? `${added.trim()}^` : 'HEAD';
}

async function* statesOf(file: string): AsyncGenerator<FileState> {
  const log = await git(dirname(file), [
    'log',
    `--max-count=${mostStates}`,
    '--format=%H',
    '--',
    basename(file),
  ]).catch(() => '');
  for (const commit of log.split('\n').filter((line) => line !== '')) {
    const text = await blobAt(file, commit);
    if (text !== undefined) yield { commit, text };
  }
}

/** No shell, no pager, no lock: a check leaves a repository as it was. */
async function git(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', folder, '-c', 'core.fsmonitor=false', ...args], {
    maxBuffer: mostBytes,
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' },
  });
  return stdout;
}

function whyNot(error: unknown): string {
  const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return isAbsent ? 'there is no program `git` here' : 'the project is in no git repository';
}
