import type { SourceRecord } from './source.ts';

/** What is wrong with one cell of a record, told by who read it: the cell alone does not show it. */
export interface CellFault {
  /** Which of the record's cells. */
  readonly cell: number;
  readonly reason: string;
  readonly detail: string;
  /** The cell is a JSON list: no fault of a column that takes one. */
  readonly isList?: true;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** Records whose cells are those of the columns: what is wrong with a cell becomes a fault of the record. */
export async function* withCellFaults(
  batches: AsyncIterable<readonly SourceRecord[]>,
  columns: readonly Column[],
): AsyncGenerator<readonly SourceRecord[]> {
  for await (const batch of batches) {
    yield batch.some(({ cellFaults }) => cellFaults) ? batch.map((record) => judged(record, columns)) : batch;
  }
}

function judged(record: SourceRecord, columns: readonly Column[]): SourceRecord {
  const faults = (record.cellFaults ?? []).flatMap((fault) => {
    const column = columns[fault.cell];
    return column && !(fault.isList && takesList(column.type)) ? [{ ...fault, column: column.name }] : [];
  });
  const [first] = faults;
  if (record.fault || !first) return record;
  const detail = faults.map(({ column, reason, detail }) => `${column}: ${reason}, ${detail}`).join('; ');
  return { ...record, fault: { reason: first.reason, column: first.column, detail } };
}

function takesList(type: string): boolean {
  return type === 'JSON' || type.endsWith(']');
}
