import { type AuditFile, decodeBlob, type ExportedRun } from '../../audit/sqlite/index.ts';
import { compareRuns } from '../../engine/compare/compare-runs.ts';
import type { ComparedRun } from '../../engine/compare/compared-run.ts';
import { foldRun } from '../../engine/runs/fold-run.ts';
import { overviewLines } from '../diff/overview-lines.ts';
import type { Terminal } from '../terminal.ts';

/** The recorded run beside the one that takes its place, a line for each step. */
export function whatChanged(
  { before, log, runId }: { readonly before: ExportedRun; readonly log: AuditFile; readonly runId: string },
  { outStyle: style, columns }: Terminal,
): string[] {
  const after: ComparedRun = { run: foldRun(runId, log.events(runId)), load: (hash) => log.load(hash) };
  const comparison = compareRuns(recorded(before), after);
  return overviewLines({ ...comparison, tables: null }, { style, columns, full: false, place: '' });
}

function recorded({ runId, events, texts }: ExportedRun): ComparedRun {
  const run = foldRun(
    runId,
    events.map(({ event }) => event),
  );
  return {
    run,
    load(hash) {
      const packed = texts.get(hash);
      return packed && decodeBlob(packed);
    },
  };
}
