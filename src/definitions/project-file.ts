import { isUtf8 } from 'node:buffer';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import type { SourceLocation } from '../domain/source-location.ts';
import { DefinitionError, nearest } from '../errors/index.ts';

/** A text file of the project. Line ends are `\n`; a byte order mark is taken away. */
export interface ProjectFile {
  /** Relative to the project, with `/`: what errors and the log call it. */
  readonly path: string;
  readonly text: string;
}

export interface FileRequest {
  /** The project's root. */
  readonly dir: string;
  /** Relative to the root. */
  readonly path: string;
  /** Where the file is named. */
  readonly from?: SourceLocation;
}

// Definitions are written by hand. What is larger is data that stands in the wrong place.
const maxBytes = 4_000_000;

/** Throws DefinitionError FILE_NOT_FOUND or FILE_UNREADABLE. Files outside the project are refused, also by link. */
export async function readProjectFile(request: FileRequest): Promise<ProjectFile> {
  const path = await confine(request);
  const size = await sizeOf(path, request);
  if (size > maxBytes) {
    throw unreadable(request, `has ${size} bytes; definitions have at most ${maxBytes}.`);
  }
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(request, 'cannot be read.', cause);
  });
  const name = nameInProject(request);
  requireUtf8(bytes, name);
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  return { path: name, text: text.replaceAll(/\r\n?/g, '\n') };
}

export async function projectFileExists({ dir, path }: FileRequest): Promise<boolean> {
  const found = await stat(resolve(dir, path)).catch(() => undefined);
  return found !== undefined;
}

async function confine(request: FileRequest): Promise<string> {
  const root = await realpath(request.dir).catch(() => resolve(request.dir));
  const wanted = resolve(root, request.path);
  if (!isInside(root, wanted)) throw outside(request);
  const real = await realpath(wanted).catch(async (cause: unknown) => {
    if (!isAbsent(cause)) throw unreadable(request, 'cannot be opened.', cause);
    throw await notFound(request, wanted, cause);
  });
  if (!isInside(root, real)) throw outside(request);
  return real;
}

function isAbsent(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function sizeOf(path: string, request: FileRequest): Promise<number> {
  const found = await stat(path);
  if (found.isDirectory()) throw unreadable(request, 'is a directory, and a file is needed.');
  if (!found.isFile()) throw unreadable(request, 'is no ordinary file.');
  return found.size;
}

async function notFound(request: FileRequest, wanted: string, cause: unknown): Promise<DefinitionError> {
  const neighbours = await readdir(dirname(wanted)).catch(() => []);
  const [near] = nearest(basename(wanted), neighbours);
  const name = nameInProject(request);
  return new DefinitionError({
    code: 'FILE_NOT_FOUND',
    message: `There is no file ${name}.`,
    hint: near
      ? `Did you mean ${posix.join(posix.dirname(name), near)}?`
      : `Create ${name}, or correct the path.`,
    ...(request.from && { location: request.from }),
    details: { path: name },
    cause,
  });
}

function outside(request: FileRequest): DefinitionError {
  return new DefinitionError({
    code: 'FILE_UNREADABLE',
    message: `${request.path} leads out of the project.`,
    hint: 'Put the file into the project: a run must be repeatable from its folder alone.',
    ...(request.from && { location: request.from }),
    details: { path: request.path },
  });
}

function unreadable(request: FileRequest, what: string, cause?: unknown): DefinitionError {
  return new DefinitionError({
    code: 'FILE_UNREADABLE',
    message: `${nameInProject(request)} ${what}`,
    ...(request.from && { location: request.from }),
    details: { path: nameInProject(request) },
    cause,
  });
}

function nameInProject({ dir, path }: FileRequest): string {
  return relative(dir, resolve(dir, path)).split(sep).join('/') || '.';
}

/** Decoding with replacement characters would put a text before the model that nobody wrote. */
function requireUtf8(bytes: Buffer, file: string): void {
  if (isUtf8(bytes) && !bytes.includes(0)) return;
  const lines = splitLines(bytes);
  const index = Math.max(
    0,
    lines.findIndex((line) => !isUtf8(line) || line.includes(0)),
  );
  const line = lines[index] ?? bytes;
  let good = line.length;
  while (good > 0 && (!isUtf8(line.subarray(0, good)) || line.subarray(0, good).includes(0))) good--;
  throw new DefinitionError({
    code: 'FILE_UNREADABLE',
    message: `The file is not UTF-8 text: the byte 0x${(line[good] ?? 0).toString(16).padStart(2, '0')} cannot stand here.`,
    hint: `Save the file as UTF-8, for example: iconv -f latin1 -t utf8 ${file}`,
    location: { file, line: index + 1, column: line.subarray(0, good).toString('utf8').length + 1 },
  });
}

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  lines.push(bytes.subarray(start));
  return lines;
}

/** Names of the files in a folder of the project, sorted; none when there is no such folder. */
export async function listProjectFiles(dir: string, folder: string): Promise<string[]> {
  const names = await readdir(join(dir, folder)).catch(() => []);
  return names.toSorted().map((name) => posix.join(folder, name));
}
