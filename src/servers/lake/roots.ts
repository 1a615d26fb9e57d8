import { type Dirent, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { nearest } from '../../errors/index.ts';
import { compilePattern, patternProblem } from '../../metadata/file-pattern.ts';
import { LakeFailure } from './lake-failure.ts';

const mostFilesListed = 10_000;

interface Root {
  /** What a path starts with: empty with one root, the folder's name with several. */
  readonly prefix: string;
  readonly realPath: string;
}

/** The folders that may be read. Nothing that lies outside is ever opened, whatever a path or a link says. */
export class Roots {
  readonly #roots: readonly Root[];

  constructor(folders: readonly string[]) {
    this.#roots = nameRoots(folders.map((folder) => realpathSync(folder)));
  }

  /** Absolute folders, to be kept out of what is said to the model. */
  get realPaths(): readonly string[] {
    return this.#roots.map((root) => root.realPath);
  }

  /**
   * Paths as the tools take them, sorted. Links are left out: where they lead is not the root's.
   * @throws LakeFailure when the pattern is none
   */
  list(pattern = '**'): { readonly paths: string[]; readonly truncated: boolean } {
    const problem = patternProblem(pattern);
    if (problem !== undefined) throw noPattern(problem);
    const isAskedFor = compilePattern(pattern);
    const all = this.#roots.flatMap((root) => walk(root.realPath).map((path) => root.prefix + path));
    const paths = all.filter(isAskedFor).sort();
    return { paths: paths.slice(0, mostFilesListed), truncated: paths.length > mostFilesListed };
  }

  /** @throws LakeFailure when the path leads out of the roots, or to no regular file. */
  resolve(path: string): string {
    if (path.includes('\0') || isAbsolute(path) || /^[a-z]+:/i.test(path)) throw this.#outside(path);
    // Hidden files are nobody's feed: `.env`, `.git`, the lake's own database; and `..` leads out.
    if (path.split(/[\\/]/).some((segment) => segment.startsWith('.'))) throw this.#outside(path);
    const root = this.#roots.find(({ prefix }) => path.startsWith(prefix));
    if (root === undefined) throw this.#missing(path);
    const real = realPathOf(join(root.realPath, path.slice(root.prefix.length)));
    if (real === undefined) throw this.#missing(path);
    if (!real.startsWith(root.realPath + sep)) throw this.#outside(path);
    if (!statSync(real).isFile()) {
      throw new LakeFailure(`"${path}" is not a file.`, 'call list_files to see the files.');
    }
    return real;
  }

  #outside(path: string): LakeFailure {
    return new LakeFailure(
      `"${path}" is outside the folders that may be read.`,
      'give a path as list_files shows it.',
    );
  }

  #missing(path: string): LakeFailure {
    const near = nearest(path, this.list().paths);
    const hint = near.length > 0 ? `did you mean ${near.map((name) => `"${name}"`).join(', ')}? ` : '';
    return new LakeFailure(`There is no file "${path}".`, `${hint}list_files shows all paths.`);
  }
}

function noPattern(problem: string): LakeFailure {
  return new LakeFailure(
    `The pattern ${problem}.`,
    'call once for each pattern; write ? for a character that cannot stand there.',
  );
}

function nameRoots(realPaths: readonly string[]): Root[] {
  const distinct = [...new Set(realPaths)];
  if (distinct.length === 1) return distinct.map((realPath) => ({ prefix: '', realPath }));
  const seen = new Map<string, number>();
  return distinct.map((realPath) => {
    const name = basename(realPath);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { prefix: count === 1 ? `${name}/` : `${name}~${count}/`, realPath };
  });
}

function walk(root: string): string[] {
  const found: string[] = [];
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of entriesOf(folder)) {
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) pending.push(path);
      if (entry.isFile()) found.push(relative(root, path).replaceAll(sep, '/'));
    }
  }
  return found;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // A folder without permission holds nothing that could be ingested; the others still can be.
    return [];
  }
}

function realPathOf(path: string): string | undefined {
  try {
    lstatSync(path);
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
