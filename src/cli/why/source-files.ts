import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { ServerConfig } from '../../domain/server-config.ts';
import { messageOf } from '../../errors/index.ts';
import type { Load, SourceRecord } from '../../lineage/answer.ts';
import type { CallStory } from '../../lineage/call-story.ts';
import { Roots } from '../../servers/lake/roots.ts';
import { openSource } from '../../servers/lake/sources/open-source.ts';
import type { SourceOptions } from '../../servers/lake/sources/source.ts';
import { recordPlace } from '../render/record-place.ts';

export interface SourceFiles {
  record(request: SourceRequest): Promise<SourceRecord>;
}

export interface SourceRequest {
  readonly load: Load;
  readonly story: CallStory | undefined;
  /** The options that the file was read with, as JSON. */
  readonly options: string | undefined;
  readonly wantsText: boolean;
}

export interface SourcePlaces {
  readonly projectDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the project as it is now. */
  readonly servers: Readonly<Record<string, ServerConfig>>;
  /** Of the run, as it was. */
  readonly definitionOf: (runId: string) => LoadedWorkflow | undefined;
}

/** Looks into the vendors' files: whether they are still what was loaded, and what stands in a line. */
export function sourceFiles(places: SourcePlaces): SourceFiles {
  const hashes = new Map<string, Promise<string>>();
  return {
    async record(request) {
      const path = pathOf(places, request);
      if (path === undefined)
        return { state: 'gone', note: 'the file is in none of the folders that the lake reads' };
      try {
        const hash = hashes.get(path) ?? hashOf(path);
        hashes.set(path, hash);
        if ((await hash) !== request.load.sha256)
          return { state: 'changed', path, note: 'the file has other content now' };
        return { state: 'same', path, ...(request.wantsText && (await textOf(path, request))) };
      } catch (error) {
        return { state: 'unreadable', path, note: messageOf(error) };
      }
    },
  };
}

/** The roots of the lake server whose tool made the load; the project's when that is not known. */
function pathOf(
  { projectDir, env, servers, definitionOf }: SourcePlaces,
  { load, story }: SourceRequest,
): string | undefined {
  const definition = story && definitionOf(story.runId);
  const name = story?.tool.split('.')[0] ?? '';
  const own = definition && configNamed(definition, name);
  const candidates = own
    ? [own]
    : Object.values(servers).filter((config) => 'server' in config && config.server === 'lake');
  for (const config of candidates) {
    const folders = rootsOf(config).map((folder) => resolve(projectDir, filled(folder, env)));
    try {
      return new Roots(folders).resolve(load.file);
    } catch {
      // Not there, or the folder is gone: both are answered as a file that is gone.
    }
  }
  return undefined;
}

function configNamed(workflow: LoadedWorkflow, name: string): ServerConfig | undefined {
  const inner = workflow.steps.flatMap((step) =>
    step.kind === 'workflow' ? [configNamed(step.workflow, name)] : [],
  );
  return workflow.servers[name] ?? inner.find((config) => config !== undefined);
}

export function argumentsNamed(config: ServerConfig, option: string): string[] {
  const args = 'args' in config ? (config.args ?? []) : [];
  return args.flatMap((text, index) => {
    if (text.startsWith(`${option}=`)) return [text.slice(option.length + 1)];
    const value = args[index + 1];
    return text === option && value !== undefined ? [value] : [];
  });
}

const rootsOf = (config: ServerConfig): string[] => argumentsNamed(config, '--root');

export const filled = (text: string, env: SourcePlaces['env']): string =>
  text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole);

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** Read again as it was read then: the same options give the same records. */
async function textOf(
  path: string,
  { load, options }: SourceRequest,
): Promise<Pick<SourceRecord, 'format' | 'raw' | 'note'>> {
  const { columns: _columns, ...reading } = (
    options === undefined ? {} : JSON.parse(options)
  ) as SourceOptions & { columns?: unknown };
  const source = await openSource({ absolute: path, path: load.file }, reading);
  for await (const batch of source.read(source.columns).batches) {
    const record = batch.find(({ line }) => line === load.line);
    if (record) return { format: source.format, raw: record.raw };
    const last = batch.at(-1)?.line ?? 0;
    if (load.line !== undefined && last > load.line) break;
  }
  const { format } = source;
  return { format, note: `the file has no ${recordPlace(load.line ?? '', { file: load.file, format })}` };
}
