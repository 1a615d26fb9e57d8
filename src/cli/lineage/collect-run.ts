import { stepOfPosition } from '../../domain/position.ts';
import type { CallStory } from '../../lineage/call-story.ts';
import { promptFiles } from '../../lineage/call-story.ts';
import type {
  Assertion,
  InputDataset,
  OutputDataset,
  RunLineage,
  StepLineage,
  TableDataset,
} from '../../lineage/openlineage/run-lineage.ts';
import { qualityResults } from '../../lineage/quality-results.ts';
import type { RunRecord } from '../../lineage/run-record.ts';
import type { AuditReader } from '../../ports/audit-log.ts';
import { duckdbType, type Snapshot, schemaOf, type TableState } from '../../servers/lake/iceberg/index.ts';
import { summaryKeys } from '../../servers/lake/storage/summary-keys.ts';
import type { Sources } from '../why/question.ts';
import { inputsOf, readStatement } from '../why/read-statement.ts';

/** What a run did to the lake's tables: from the tables' snapshots, joined with the log by the calls' keys. */
export async function collectRun(
  { log, sources }: { readonly log: AuditReader; readonly sources: Sources },
  record: RunRecord,
): Promise<RunLineage> {
  const writes = await writesOf(sources, record.runId);
  const checks = qualityResults(log, record).map((check) => ({
    ...check,
    step: stepOfPosition(check.position),
  }));
  const paths = [...record.steps.keys()].filter(
    (path) => writes.some(({ step }) => step === path) || checks.some(({ step }) => step === path),
  );
  const steps: StepLineage[] = [];
  for (const path of paths) {
    const own = {
      writes: writes.filter(({ step }) => step === path),
      checks: checks.filter(({ step }) => step === path),
    };
    steps.push(await collectStep(sources, { record, path, ...own }));
  }
  const { started, ended, definition, runId } = record;
  return {
    runId,
    workflowId: started.workflowId,
    program: started.program,
    startedAt: started.at,
    ...(ended && { endedAt: ended.at }),
    status: ended?.status ?? 'running',
    ...(ended?.error && { errorMessage: ended.error.message }),
    ...(definition && { workflowFile: definition.file }),
    ...(started.definition !== undefined && { definition: started.definition }),
    steps,
  };
}

export interface Write {
  readonly table: string;
  readonly state: TableState;
  readonly snapshot: Snapshot;
  readonly step: string;
  readonly key: string;
}

/** What a run has written, oldest first. */
export async function writesOf({ lake, calls }: Sources, runId: string): Promise<Write[]> {
  const states = await Promise.all(
    lake.tables().map(async (table) => ({ table, state: await lake.state(table) })),
  );
  const writes = states.flatMap(({ table, state }) =>
    state.metadata.snapshots
      .filter(({ summary }) => summary[summaryKeys.run] === runId)
      .map((snapshot) => ({ table, state, snapshot, key: snapshot.summary[summaryKeys.call] ?? '' })),
  );
  return writes
    .map((write) => ({
      ...write,
      step: calls.find(write.key).story?.step ?? stepOfPosition(write.key.slice(runId.length + 1)),
    }))
    .sort((a, b) => a.snapshot['timestamp-ms'] - b.snapshot['timestamp-ms']);
}

interface StepRequest {
  readonly record: RunRecord;
  readonly path: string;
  readonly writes: readonly Write[];
  readonly checks: readonly {
    readonly key: string;
    readonly table: string;
    readonly assertions: readonly Assertion[];
  }[];
}

async function collectStep(
  sources: Sources,
  { record, path, writes, checks }: StepRequest,
): Promise<StepLineage> {
  const keys = new Set([...writes.map(({ key }) => key), ...checks.map(({ key }) => key)]);
  const stories = [...keys].flatMap((key): CallStory[] => {
    const { story } = sources.calls.find(key);
    return story ? [story] : [];
  });
  const outputs: OutputDataset[] = [];
  const inputs: InputDataset[] = [];
  const sql = new Set<string>();
  for (const write of writes) {
    const told = await collectWrite(sources, write);
    outputs.push(told.output);
    inputs.push(...told.inputs);
    if (told.sql !== undefined) sql.add(told.sql);
  }
  for (const { table, assertions } of checks)
    inputs.push({ ...(await tableAsIs(sources, table)), assertions });
  const { startedAt, endedAt, status = 'running', errorMessage } = record.steps.get(path) ?? { startedAt: 0 };
  return {
    path,
    startedAt,
    ...(endedAt !== undefined && { endedAt }),
    status,
    ...(errorMessage !== undefined && { errorMessage }),
    calls: stories,
    prompt: promptFiles(record, path),
    sql: [...sql],
    inputs: withoutRepeats(inputs),
    outputs,
  };
}

/** One entry for each table at each state; what was checked of it is put together. */
function withoutRepeats(inputs: readonly InputDataset[]): InputDataset[] {
  const groups = Map.groupBy(inputs, (input) =>
    JSON.stringify([input.kind, input.name, input.kind === 'table' ? input.version : input.sha256]),
  );
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    const all = same.flatMap((input) => input.assertions ?? []);
    // A load writes two tables, and its file is an input of both.
    const assertions = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
    return first ? [{ ...first, ...(assertions.length > 0 && { assertions }) }] : [];
  });
}

async function collectWrite(
  sources: Sources,
  { table, state, snapshot, key }: Write,
): Promise<{
  readonly output: OutputDataset;
  readonly inputs: readonly InputDataset[];
  readonly sql?: string;
}> {
  const { summary } = snapshot;
  const about = datasetOf({ table, state, snapshot });
  const statistics = {
    ...counted('rowsWritten', summary['added-records']),
    ...counted('bytesWritten', summary['added-files-size']),
    ...counted('filesWritten', summary['added-data-files']),
  };
  const output: OutputDataset = { ...about, change: changeOf(snapshot), ...statistics };
  if (summary[summaryKeys.file] !== undefined)
    return { output, inputs: [await fileOf(sources, { snapshot, key })] };
  if (summary[summaryKeys.sqlSha256] === undefined) return { output, inputs: [] };
  const { sql, rules } = await readStatement(sources.lake, { state, snapshot });
  const inputs = await Promise.all(
    [...inputsOf(summary[summaryKeys.inputs])].map(([view, id]) =>
      tableAt(sources, { table: view.replace(/@.*$/, ''), snapshotId: id }),
    ),
  );
  return { output: { ...output, columnRules: rules }, inputs, ...(sql !== undefined && { sql }) };
}

const counted = <Name extends string>(
  name: Name,
  digits: string | undefined,
): Partial<Record<Name, number>> =>
  (digits === undefined ? {} : { [name]: Number(digits) }) as Partial<Record<Name, number>>;

function changeOf({ summary, 'parent-snapshot-id': parent }: Snapshot): OutputDataset['change'] {
  if (parent === undefined) return 'CREATE';
  if (summary.operation === 'overwrite') return 'OVERWRITE';
  return summary.operation === 'append' ? 'append' : 'other';
}

async function fileOf(
  { files, calls }: Sources,
  { snapshot, key }: { snapshot: Snapshot; key: string },
): Promise<InputDataset> {
  const { summary } = snapshot;
  const [file, sha256] = [summary[summaryKeys.file] ?? '', summary[summaryKeys.fileSha256] ?? ''];
  const source = await files.record({
    load: { file, sha256 },
    story: calls.find(key).story,
    options: undefined,
    wantsText: false,
  });
  const rejected = Number(summary[summaryKeys.rowsRejected] ?? 0);
  const fits = {
    assertion: 'fits_table',
    name: 'records that fit the table',
    success: rejected === 0,
    actual: `${rejected} rejected`,
    expected: '0 rejected',
  };
  return {
    kind: 'file',
    name: source.path ?? file,
    sha256,
    rowsRead: Number(summary[summaryKeys.rowsRead] ?? 0),
    assertions: [fits],
  };
}

function datasetOf({
  table,
  state,
  snapshot,
}: {
  table: string;
  state: TableState;
  snapshot: Snapshot | undefined;
}): TableDataset {
  const { fields } = schemaOf(state.metadata, snapshot?.['schema-id'] ?? state.metadata['current-schema-id']);
  const columns = fields.map(({ name, type, doc }) => ({
    name,
    type: duckdbType(type),
    ...(doc !== undefined && { description: doc }),
  }));
  return { kind: 'table', name: table, ...(snapshot && { version: snapshot['snapshot-id'] }), columns };
}

async function tableAt(
  { lake }: Sources,
  { table, snapshotId }: { table: string; snapshotId: string | null },
): Promise<TableDataset> {
  const name = lake.tables().find((one) => one.toLowerCase() === table);
  const version = snapshotId === null ? {} : { version: snapshotId };
  // Dropped since: what it held then is not known any more.
  if (name === undefined) return { kind: 'table', name: table, ...version, columns: [] };
  const state = await lake.state(name);
  const snapshot = state.metadata.snapshots.find((one) => one['snapshot-id'] === snapshotId);
  return { ...datasetOf({ table: name, state, snapshot }), ...version };
}

const tableAsIs = (sources: Sources, table: string): Promise<TableDataset> =>
  tableAt(sources, { table: table.toLowerCase(), snapshotId: null });
