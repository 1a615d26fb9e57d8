import type { Source, SourceRecord } from './source.ts';

export interface FaultTally {
  count: number;
  readonly firstLine: number;
  readonly detail: string;
}

/** What a look at the first records of a file gives. */
export interface Survey {
  /** The columns that were looked at. */
  readonly columns: readonly string[];
  /** Values of each column, nulls left out, in file order. */
  readonly values: readonly (readonly string[])[];
  readonly head: readonly SourceRecord[];
  readonly records: number;
  readonly faults: ReadonlyMap<string, FaultTally>;
  /** The whole file was looked at. */
  readonly complete: boolean;
}

/** Files up to this size are looked at whole: less than a second. */
const wholeUpToBytes = 8 * 1024 * 1024;
const mostRecords = 5000;
const mostColumns = 200;
/** What `create_table` takes. */
export const mostTableColumns = 1000;

export async function surveySource(source: Source, headRows: number): Promise<Survey> {
  const columns = source.columns.slice(0, mostColumns);
  const survey: GrowingSurvey = {
    columns,
    values: columns.map((): string[] => []),
    head: [],
    records: 0,
    faults: new Map(),
    complete: source.facts.bytes <= wholeUpToBytes,
  };
  for await (const batch of source.read(columns).batches) {
    for (const record of batch) addRecord(survey, { record, headRows });
    if (!survey.complete) break;
  }
  return survey;
}

interface GrowingSurvey extends Survey {
  readonly values: string[][];
  readonly head: SourceRecord[];
  readonly faults: Map<string, FaultTally>;
  records: number;
}

function addRecord(
  survey: GrowingSurvey,
  { record, headRows }: { record: SourceRecord; headRows: number },
): void {
  survey.records += 1;
  if (record.fault) tally(survey.faults, { ...record.fault, line: record.line });
  else if (survey.head.length < headRows) survey.head.push(record);
  for (const fault of record.cellFaults ?? []) tally(survey.faults, { ...fault, line: record.line });
  if (survey.records <= mostRecords) collect(survey.values, record);
}

function tally(
  faults: Map<string, FaultTally>,
  { reason, detail, line }: { reason: string; detail: string; line: number },
): void {
  const known = faults.get(reason);
  if (known) known.count += 1;
  else faults.set(reason, { count: 1, firstLine: line, detail });
}

function collect(values: string[][], record: SourceRecord): void {
  record.cells.forEach((cell, index) => {
    if (cell !== null && cell.trim() !== '') values[index]?.push(cell);
  });
}
