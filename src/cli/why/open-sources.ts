import { join, resolve } from 'node:path';
import type { AuditFile } from '../../audit/sqlite/index.ts';
import type { ServerConfig } from '../../domain/server-config.ts';
import { AiworkflowError } from '../../errors/index.ts';
import { type Author, authorsOfCall } from '../../lineage/authors-of-call.ts';
import { type CallReader, callReader } from '../../lineage/call-story.ts';
import { feedsIn } from '../../servers/catalog/load-catalog.ts';
import type { Cli } from '../cli.ts';
import { tellLakeFailures } from '../lake/tell-lake-failures.ts';
import { openApprovals } from './approvals.ts';
import { catalogDocuments } from './catalog-documents.ts';
import { explain } from './explain.ts';
import { type LakeReader, openLakeReader } from './lake-reader.ts';
import type { Sources } from './question.ts';
import { argumentsNamed, filled, sourceFiles } from './source-files.ts';

export interface Places {
  readonly project: string;
  /** As it was typed; otherwise what the project's lake server uses. */
  readonly warehouse?: string;
}

/** Opens the lake, the log's calls, the catalog's decisions and the vendors' files, and closes them after `use`. @throws LakeError as the commands of the lake do */
export async function withSources<Result>(
  {
    log,
    cli,
    places,
  }: { readonly log: AuditFile | NoLog; readonly cli: Surroundings; readonly places: Places },
  use: (sources: Sources) => Promise<Result>,
): Promise<Result> {
  const projectDir = resolve(places.project);
  const servers = await serversOf(projectDir);
  const folder = warehouseOf({ ...places, projectDir, servers, env: cli.env });
  return tellLakeFailures(folder, async () => {
    const lake = await openLakeReader(folder);
    try {
      const sources = await sourcesOf({ log, cli, lake, projectDir, servers });
      try {
        return await use(sources);
      } finally {
        sources.approvals.close();
      }
    } finally {
      lake.close();
    }
  });
}

type Surroundings = Pick<Cli, 'env'> & Partial<Pick<Cli, 'place'>>;

/** The lake was copied without the log of its runs: it says less, and says so. */
export interface NoLog {
  /** Where it was looked for. */
  readonly absent: string;
}

interface Opened {
  readonly log: AuditFile | NoLog;
  readonly cli: Surroundings;
  readonly lake: LakeReader;
  readonly projectDir: string;
  readonly servers: Readonly<Record<string, ServerConfig>>;
}

async function sourcesOf({ log, cli, lake, projectDir, servers }: Opened): Promise<Sources> {
  const calls = 'absent' in log ? callsOfNoLog(log) : await callsOf(log);
  const catalog = catalogPlaces({ projectDir, servers, env: cli.env });
  const approvals = openApprovals({
    file: catalog.file,
    documents: await catalogDocuments({ projectDir, folders: catalog.folders }),
    authorsOf: (call) => ('absent' in log ? [] : authorsOf({ log, calls }, call)),
  });
  const definitionOf = (runId: string) => calls.run(runId)?.definition;
  const files = sourceFiles({ projectDir, env: cli.env, servers, definitionOf });
  const sources: Sources = {
    lake,
    calls,
    approvals,
    files,
    place: cli.place ?? '',
    told: new Set(),
    explain: (question) => explain(sources, question),
  };
  return sources;
}

async function callsOf(log: AuditFile): Promise<CallReader> {
  const { findRun } = await import('../../audit/sqlite/index.ts');
  return callReader(log, (runId) => whyAbsent(runId, () => findRun(log, runId)));
}

function callsOfNoLog({ absent }: NoLog): CallReader {
  const missing = `There is no audit log at ${absent}: who wrote this, and why, is not told (--db <file> names another).`;
  return { find: () => ({ story: undefined, missing: [missing] }), run: () => undefined };
}

function authorsOf({ log, calls }: { log: AuditFile; calls: CallReader }, call: string): Author[] {
  const { story } = calls.find(call);
  const record = story && calls.run(story.runId);
  return record ? authorsOfCall(log, { record, story }) : [];
}

/** The log knows which runs were pruned, by whom and why; that a run was never in it is said in the same words as elsewhere. */
function whyAbsent(runId: string, find: () => string): string {
  try {
    find();
    return `Run ${runId} has no beginning in this log.`;
  } catch (error) {
    if (AiworkflowError.is(error)) return `${error.message} Who wrote this, and why, is not in this log.`;
    throw error;
  }
}

async function serversOf(dir: string): Promise<Readonly<Record<string, ServerConfig>>> {
  const { loadProject } = await import('../../definitions/index.ts');
  const { config } = await loadProject({ dir });
  return config.tools ?? {};
}

interface ServerOption {
  readonly server: 'lake' | 'catalog';
  readonly option: string;
  readonly env: Cli['env'];
}

function optionOf(
  servers: Readonly<Record<string, ServerConfig>>,
  { server, option, env }: ServerOption,
): string | undefined {
  const found = Object.values(servers)
    .filter((config) => 'server' in config && config.server === server)
    .flatMap((config) => argumentsNamed(config, option));
  return found[0] === undefined ? undefined : filled(found[0], env);
}

/** Where the project's catalog keeps its documents and its book. */
function catalogPlaces({
  projectDir,
  servers,
  env,
}: {
  readonly projectDir: string;
  readonly servers: Readonly<Record<string, ServerConfig>>;
  readonly env: Cli['env'];
}): { readonly file: string; readonly folders: readonly string[] } {
  const place = (option: string): string | undefined => optionOf(servers, { server: 'catalog', option, env });
  const contracts = place('--contracts') ?? 'contracts';
  const folders = [contracts, join(contracts, 'policies'), place('--feeds') ?? feedsIn(contracts)];
  return {
    file: resolve(projectDir, place('--database') ?? '.aiworkflow/catalog.sqlite'),
    folders: folders.map((folder) => resolve(projectDir, folder)),
  };
}

/** What is typed is relative to where it is typed, the rest to the project. */
function warehouseOf({
  warehouse,
  projectDir,
  servers,
  env,
}: {
  readonly warehouse?: string;
  readonly projectDir: string;
  readonly servers: Readonly<Record<string, ServerConfig>>;
  readonly env: Cli['env'];
}): string {
  if (warehouse !== undefined) return resolve(warehouse);
  return resolve(
    projectDir,
    optionOf(servers, { server: 'lake', option: '--warehouse', env }) ?? '.aiworkflow/lake',
  );
}
