import { hash } from 'node:crypto';
import { resolve } from 'node:path';
import { type AuditLogOptions, openAuditLog } from './audit/sqlite/index.ts';
import { createSchemaValidator } from './contracts/schema-validator.ts';
import type { LoadedProject } from './definitions/index.ts';
import type { ProjectConfig } from './domain/project-config.ts';
import type { EngineServices } from './engine/runs/services.ts';
import { createScrubber, type Scrubber } from './governance/scrub.ts';
import { createPriceBook } from './models/prices/price-book.ts';
import type { AuditLog } from './ports/audit-log.ts';
import type { Clock, Ids } from './ports/environment.ts';
import type { ModelClient, ModelSource } from './ports/model-client.ts';
import type { ProgressListener } from './ports/progress.ts';
import { lazyModels } from './runtime/lazy-models.ts';
import { program } from './runtime/program.ts';
import { timedRunIds } from './runtime/run-ids.ts';
import { secretsOf } from './runtime/secrets.ts';
import { systemClock } from './runtime/system-clock.ts';
import { createTemplateEngine } from './templating/create-template-engine.ts';

export interface RuntimeOptions {
  /** Folder with `aiworkflow.yaml`, `workflows/`, `prompts/`. Default: the working directory. */
  readonly projectDir?: string;
  /** The audit log's file. Default: AIWORKFLOW_DB, then `database:` of the project, then `.aiworkflow/audit.db`. */
  readonly database?: string;
  /** Told when the file was of an older version, and was brought up to date: older programs do not read it any more. */
  readonly onLogUpgraded?: (log: {
    readonly file: string;
    readonly from: number;
    readonly to: number;
  }) => void;
  /** An open log to use instead of a file (`memoryLog()` in tests). */
  readonly log?: AuditLog;
  readonly durability?: 'full' | 'normal';
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly progress?: ProgressListener;
  /** Further providers: `{ scripted: (name) => scriptedModel(…) }` makes `scripted:anything` a model. */
  readonly models?: Readonly<Record<string, (model: string) => ModelClient | Promise<ModelClient>>>;
  /** The project, when the caller has loaded it already. */
  readonly project?: LoadedProject;
  readonly clock?: Clock;
  readonly ids?: Ids;
}

/** Everything that runs share, put together: the one place that knows both the engine and its adapters. */
export interface Runtime {
  readonly projectDir: string;
  readonly config: ProjectConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: AuditLog;
  readonly models: ModelSource;
  readonly services: EngineServices;
  /** Knows the project's secrets; a workflow that declares servers of its own adds theirs. */
  readonly scrubber: Scrubber;
  close(): Promise<void>;
}

export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const env = options.env ?? process.env;
  const projectDir = resolve(options.project?.dir ?? options.projectDir ?? '.');
  const config = options.project?.config ?? (await readConfig(projectDir));
  const scrubber = createScrubber(secretsOf(config, env));
  const { scrub } = scrubber;
  const file = resolve(
    projectDir,
    options.database ?? (env['AIWORKFLOW_DB'] || (config.database ?? defaultDatabase)),
  );
  const durability = options.durability ?? config.durability ?? 'full';
  const log = options.log ?? openAuditLog({ file, durability, scrub, ...upgradeListener(options, file) });
  const models = lazyModels({ config, env, projectDir, ...(options.models && { extra: options.models }) });
  const services: EngineServices = {
    log,
    models,
    templates: createTemplateEngine(),
    schemas: createSchemaValidator(),
    prices: createPriceBook(config),
    clock: options.clock ?? systemClock,
    ids: options.ids ?? timedRunIds,
    hash: (text) => hash('sha256', text, 'hex'),
    scrub,
    program,
    ...(options.progress && { progress: options.progress }),
  };
  return { projectDir, config, env, log, models, services, scrubber, close: async () => log.close() };
}

function upgradeListener(
  { onLogUpgraded }: RuntimeOptions,
  file: string,
): Pick<AuditLogOptions, 'onUpgraded'> {
  return onLogUpgraded ? { onUpgraded: (versions) => onLogUpgraded({ file, ...versions }) } : {};
}

export const defaultDatabase = '.aiworkflow/audit.db';

async function readConfig(projectDir: string): Promise<ProjectConfig> {
  const { loadProject } = await import('./definitions/load-project.ts');
  return (await loadProject({ dir: projectDir })).config;
}
