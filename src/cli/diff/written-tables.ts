import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { ContentPart } from '../../domain/message.ts';
import type { ServerConfig } from '../../domain/server-config.ts';
import { idempotencyKey } from '../../engine/calls/idempotency-key.ts';
import type { ComparedRun } from '../../engine/compare/compared-run.ts';
import type { CallState } from '../../engine/runs/fold-run.ts';

/** A table that a run filled, and where it stands. */
export interface WrittenTable {
  readonly table: string;
  /** Absolute path of the lake's folder; undefined when it is not on this machine, or cannot be told. */
  readonly warehouse: string | undefined;
  /** Rows that the tools said they left in it; null when the log does not tell. */
  readonly reportedRows: number | null;
  /** When the last of these calls ended and had nothing to do because its rows were there, in milliseconds since 1970. */
  readonly foundAtMs: number | undefined;
  /** The calls of this run that changed it, each of which has left a snapshot: what a fork took over from its parent is not among them. */
  readonly writes: readonly TableWrite[];
}

export interface TableWrite {
  /** As the lake keeps it: `<run>/<position>`. */
  readonly call: string;
  readonly endedMs: number;
}

export interface Place {
  readonly projectDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The tables that a run's calls of shipped lake servers filled, by name. */
export function writtenTables(run: ComparedRun, place: Place): Map<string, WrittenTable> {
  const lakes = lakesOf(run, place);
  const found = new Map<string, WrittenTable>();
  for (const call of run.run.calls.values()) {
    const write = lakeWrite(call, run);
    const server = call.begun.name.split('.')[0] ?? '';
    if (!write || !lakes.has(server)) continue;
    const before = found.get(write.table);
    const rows = write.adds && write.rows !== null ? (before?.reportedRows ?? 0) + write.rows : write.rows;
    found.set(write.table, {
      table: write.table,
      warehouse: lakes.get(server),
      reportedRows: rows,
      foundAtMs: write.foundAtMs,
      writes: [...(before?.writes ?? []), ...writesOf(call, { write, runId: run.run.runId })],
    });
  }
  return found;
}

function writesOf(
  { begun, ended }: CallState,
  { write, runId }: { write: LakeWrite; runId: string },
): readonly TableWrite[] {
  if (ended?.source !== 'live' || write.foundAtMs !== undefined) return [];
  return [{ call: idempotencyKey({ runId }, begun.position), endedMs: ended.at }];
}

interface LakeWrite {
  readonly table: string;
  readonly rows: number | null;
  /** `ingest` adds to what is there; `run_mapping` tells how many rows there are afterwards. */
  readonly adds: boolean;
  readonly foundAtMs: number | undefined;
}

function lakeWrite({ begun, ended }: CallState, { load }: ComparedRun): LakeWrite | undefined {
  const tool = begun.name.slice(begun.name.indexOf('.') + 1);
  if (begun.call !== 'tool' || ended?.status !== 'ok' || !['ingest', 'run_mapping'].includes(tool))
    return undefined;
  const request = objectIn(load(begun.request));
  const args = isJsonObject(request?.['arguments']) ? request['arguments'] : {};
  const table = args[tool === 'ingest' ? 'table' : 'target'];
  if (typeof table !== 'string') return undefined;
  const result = ended.result === undefined ? undefined : structuredIn(load(ended.result));
  const rows = result?.[tool === 'ingest' ? 'rows_loaded' : 'row_count'];
  return {
    table,
    rows: typeof rows === 'number' ? rows : null,
    adds: tool === 'ingest',
    foundAtMs: result?.['already_ingested'] === true ? ended.at : undefined,
  };
}

/** The result as JSON: in its own field, or as the only text. */
function structuredIn(text: string | undefined): JsonObject | undefined {
  const message = objectIn(text);
  if (isJsonObject(message?.['structured'])) return message['structured'];
  const content = message?.['content'] as readonly ContentPart[] | undefined;
  const [only] = content ?? [];
  return only?.type === 'text' ? objectIn(only.text) : undefined;
}

function objectIn(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // a tool's result may be plain text
  }
}

/** The lake servers of the run's own definition: server name -> folder. */
function lakesOf({ run, load }: ComparedRun, place: Place): Map<string, string | undefined> {
  const text = run.started?.definition && load(run.started.definition);
  if (!text) return new Map();
  const lakes = Object.entries(serversOf(JSON.parse(text) as LoadedWorkflow)).filter(
    ([, config]) => 'server' in config && config.server === 'lake',
  );
  return new Map(lakes.map(([name, config]) => [name, warehouseOf(config, place)]));
}

/** Those of its sub-workflows too. */
function serversOf(workflow: LoadedWorkflow): Record<string, ServerConfig> {
  const inner = workflow.steps.flatMap((step) =>
    step.kind === 'workflow' ? [serversOf(step.workflow)] : [],
  );
  return Object.assign({}, ...inner, workflow.servers) as Record<string, ServerConfig>;
}

function warehouseOf(config: ServerConfig, { projectDir, env }: Place): string | undefined {
  const args = 'args' in config ? (config.args ?? []) : [];
  const place = args.indexOf('--warehouse');
  const joined = args.find((text) => text.startsWith('--warehouse='))?.slice('--warehouse='.length);
  const written = (place === -1 ? joined : args[place + 1]) ?? '.aiworkflow/lake';
  const filled = written.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole);
  const folder = resolve(projectDir, filled);
  // The lake makes a folder that is not there: a comparison must leave none behind.
  return existsSync(join(folder, 'catalog.sqlite')) ? realpathSync(folder) : undefined;
}
