import { readLines } from '../../audit/sqlite/index.ts';
import { readExportLine } from '../../domain/run-export-line.ts';

/** Undefined for a file without a readable first line: no run of any workflow. */
export function workflowIdOf(file: string): string | undefined {
  const [first = ''] = readLines(file);
  try {
    const line = readExportLine(first, 1);
    return line.kind === 'header' ? line.workflowId : undefined;
  } catch {
    return undefined;
  }
}
