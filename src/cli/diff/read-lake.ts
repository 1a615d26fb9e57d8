import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { messageOf } from '../../errors/index.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import { snapshotsOfCalls } from './snapshots-of-calls.ts';
import type { Place, WrittenTable } from './written-tables.ts';

/** A table as a run left it. */
export interface LakeTable {
  readonly rows: number;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** SQL of the table at that moment. */
  readonly source: string;
}

/** What is asked for: the state that this run left, or that it found when it had nothing to do. */
export interface LeftBy extends Pick<WrittenTable, 'foundAtMs' | 'writes'> {
  readonly runId: string;
}

/** A change by the run whose snapshot the lake has no more: what older ones of the same run hold is not what it left. */
export interface LostWrite {
  readonly call: string;
  /** Null when the lake kept no note of it. */
  readonly snapshot: string | null;
}

/** Why the lake does not know the state. */
export interface Unknown {
  readonly why: 'expired' | 'never known' | 'too many newer ones';
  /** Those that are known to be missing. */
  readonly lost: readonly LostWrite[];
}

export interface LakeReader {
  /** Throws a plain Error when the lake does not answer. */
  describe(table: string, left: LeftBy): Promise<LakeTable | Unknown>;
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
    describe: (table, left) => describeLeft(call, { table, left, warehouse }),
    rows: (described) => readRows(call, described),
    close: () => source.close(),
  };
}

type Call = (name: string, given: JsonObject) => Promise<JsonObject | undefined>;

interface AskedTable {
  readonly table: string;
  readonly left: LeftBy;
  readonly warehouse: string;
}

async function describeLeft(call: Call, asked: AskedTable): Promise<LakeTable | Unknown> {
  const { table } = asked;
  const described = await call('describe_table', { table });
  if (!described) return neverKnown;
  const moment = await momentOf(call, asked);
  if (typeof moment !== 'string') return moment;
  const source = `${table.split('.').map(quoted).join('.')} AT (${moment})`;
  const sample = await call('preview_sql', { sql: `SELECT * FROM ${source}`, limit: 1 });
  // Of a moment that the history does not reach back to; a snapshot was seen in it.
  if (!sample) return { why: 'expired', lost: [] };
  const columns = sample['columns'] as readonly { readonly name: string }[];
  return {
    rows: sample['row_count'] as number,
    // What `ingest` adds to each row differs from load to load.
    columns: columns.map(({ name }) => name).filter((name) => !name.startsWith('_')),
    key: (described['primary_key'] ?? []) as readonly string[],
    source,
  };
}

const neverKnown: Unknown = { why: 'never known', lost: [] };

/** The run's last snapshot of the table, also when the table was rolled back behind it since. */
async function momentOf(call: Call, { table, left, warehouse }: AskedTable): Promise<string | Unknown> {
  const history = await call('table_history', { table, limit: snapshotsSearched });
  const snapshots = Array.isArray(history?.['snapshots']) ? history['snapshots'].filter(isJsonObject) : [];
  const own = snapshots.find((snapshot) => snapshot['run'] === left.runId);
  const missing = missingWrites(left, { snapshots, own });
  if (missing.length > 0) {
    if (history?.['truncated'] === true) return { why: 'too many newer ones', lost: [] };
    return { why: 'expired', lost: snapshotsOfCalls(warehouse, missing) };
  }
  if (own) return `VERSION => ${String(own['snapshot'])}`;
  if (left.foundAtMs === undefined) return neverKnown;
  return `TIMESTAMP => '${new Date(left.foundAtMs).toISOString()}'`;
}

/**
 * The run's changes that left no snapshot which is there still. One before a snapshot of the run that is there is not missed:
 * the later one holds what it left. By a clock of another machine it may seem later; then it is missed for nothing, and said.
 */
function missingWrites(
  { writes }: LeftBy,
  { snapshots, own }: { snapshots: readonly JsonObject[]; own: JsonObject | undefined },
): readonly string[] {
  const present = new Set(snapshots.map((snapshot) => snapshot['call']));
  const ownMs = own === undefined ? Number.NEGATIVE_INFINITY : Date.parse(String(own['time']));
  return writes.filter(({ call, endedMs }) => !present.has(call) && endedMs > ownMs).map(({ call }) => call);
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
