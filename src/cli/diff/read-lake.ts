import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { messageOf } from '../../errors/index.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import type { Place } from './written-tables.ts';

/** A table as a run left it. */
export interface LakeTable {
  readonly rows: number;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** SQL of the table at that moment. */
  readonly source: string;
}

/** What is asked for: the state that this run left, or that it found when it had nothing to do. */
export interface LeftBy {
  readonly runId: string;
  readonly foundAtMs: number | undefined;
}

export interface LakeReader {
  /** Undefined when the lake does not know what the run left. Throws a plain Error when it does not answer. */
  describe(table: string, left: LeftBy): Promise<LakeTable | undefined>;
  /** All rows, in the order of all their columns. */
  rows(described: LakeTable): Promise<JsonObject[]>;
  close(): Promise<void>;
}

const rowsPerCall = 1000;
const snapshotsSearched = 500;

/** A lake server of its own process, over the run's tables; only its reading tools are called. */
export async function openLakeReader(warehouse: string, { projectDir, env }: Place): Promise<LakeReader> {
  const [{ openTools }, { createScrubber }, { createSchemaValidator }] = await Promise.all([
    import('../../runtime/open-tools.ts'),
    import('../../governance/scrub.ts'),
    import('../../contracts/schema-validator.ts'),
  ]);
  const args = ['--root', warehouse, '--warehouse', warehouse, '--max-rows', String(rowsPerCall)];
  const source = openTools(
    { projectDir, env, scrubber: createScrubber(new Map()), schemas: createSchemaValidator() },
    { lake: { server: 'lake', args } },
  );
  const call: Call = async (name, given) => {
    const [tool] = await source.resolve([`lake.${name}`]);
    return tool && (await answerOf(tool, given));
  };
  return {
    describe: (table, left) => describeLeft(call, { table, left }),
    rows: (described) => readRows(call, described),
    close: () => source.close(),
  };
}

type Call = (name: string, given: JsonObject) => Promise<JsonObject | undefined>;

async function describeLeft(
  call: Call,
  { table, left }: { table: string; left: LeftBy },
): Promise<LakeTable | undefined> {
  const described = await call('describe_table', { table });
  const moment = await momentOf(call, { table, left });
  if (!described || moment === undefined) return undefined;
  const source = `${table.split('.').map(quoted).join('.')} AT (${moment})`;
  const sample = await call('preview_sql', { sql: `SELECT * FROM ${source}`, limit: 1 });
  if (!sample) return undefined;
  const columns = sample['columns'] as readonly { readonly name: string }[];
  return {
    rows: sample['row_count'] as number,
    // What `ingest` adds to each row differs from load to load.
    columns: columns.map(({ name }) => name).filter((name) => !name.startsWith('_')),
    key: (described['primary_key'] ?? []) as readonly string[],
    source,
  };
}

/** The run's last snapshot of the table, also when the table was rolled back behind it since. */
async function momentOf(
  call: Call,
  { table, left }: { table: string; left: LeftBy },
): Promise<string | undefined> {
  const history = await call('table_history', { table, limit: snapshotsSearched });
  const snapshots = Array.isArray(history?.['snapshots']) ? history['snapshots'] : [];
  const own = snapshots.filter(isJsonObject).find((snapshot) => snapshot['run'] === left.runId);
  if (own) return `VERSION => ${String(own['snapshot'])}`;
  if (left.foundAtMs === undefined) return undefined;
  return `TIMESTAMP => '${new Date(left.foundAtMs).toISOString()}'`;
}

async function readRows(call: Call, { source, columns }: LakeTable): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  for (;;) {
    const sql = `SELECT ${columns.map(quoted).join(', ')} FROM ${source} ORDER BY ALL LIMIT ${rowsPerCall} OFFSET ${found.length}`;
    const page = (await call('preview_sql', { sql, limit: rowsPerCall }))?.['rows'] as
      | JsonObject[]
      | undefined;
    if (!page) throw new Error('its rows cannot be read');
    if (page.length === 0) return found;
    found.push(...page);
  }
}

async function answerOf(tool: CallableTool, given: JsonObject): Promise<JsonObject | undefined> {
  const { isError, structured } = await tool.call(given, {
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    idempotencyKey: `diff/${tool.definition.name}`,
  });
  return isError ? undefined : (structured as JsonObject | undefined);
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const reasonOf = (error: unknown): string => messageOf(error).split('\n', 1)[0] ?? '';
