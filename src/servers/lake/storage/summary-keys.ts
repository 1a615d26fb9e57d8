import type { Origin } from './table-store.ts';

/** Keys of a snapshot's summary by which it is found again: who wrote it, with which tool, from what. */
export const summaryKeys = {
  run: 'aiworkflow.run',
  call: 'aiworkflow.call',
  tool: 'aiworkflow.tool',
  contract: 'aiworkflow.contract',
  mapping: 'aiworkflow.mapping',
  load: 'aiworkflow.load',
  file: 'aiworkflow.file',
  fileSha256: 'aiworkflow.file-sha256',
  vendor: 'aiworkflow.vendor',
  rowsRead: 'aiworkflow.rows-read',
  rowsLoaded: 'aiworkflow.rows-loaded',
  rowsRejected: 'aiworkflow.rows-rejected',
  sqlSha256: 'aiworkflow.sql-sha256',
  inputs: 'aiworkflow.inputs',
  request: 'aiworkflow.request',
  compute: 'aiworkflow.compute',
  /** What a client of the REST catalog called itself. */
  outside: 'aiworkflow.outside',
} as const;

/** The keys that every change has. */
export function originKeys(
  tool: string,
  { origin, contract }: { origin?: Origin | undefined; contract?: string | undefined },
): Record<string, string> {
  return {
    [summaryKeys.tool]: tool,
    ...(origin && { [summaryKeys.run]: origin.run, [summaryKeys.call]: origin.call }),
    ...(contract !== undefined && { [summaryKeys.contract]: contract }),
  };
}
