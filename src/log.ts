/**
 * `aiworkflow/log`: the audit log for programs. Apart from the main entry, so that a program that only runs prompts does not
 * load what only auditors need.
 */
export {
  type AuditFile,
  type AuditLogOptions,
  type CallRow,
  type CostFigures,
  type CostQuery,
  type CostRow,
  exportRun,
  findRun,
  type ImportedRun,
  type InDoubtCall,
  importRun,
  type ListRunsOptions,
  type LogVerification,
  listCosts,
  listRuns,
  openAuditLog,
  type Problem,
  type Pruned,
  type PruneOptions,
  pruneRuns,
  type Redaction,
  type RedactOptions,
  type RunRow,
  type RunVerification,
  redactRun,
  runCalls,
  verifyExport,
  verifyLog,
  verifyRun,
} from './audit/sqlite/index.ts';
export type { AuditEvent, CallBegun, CallEnded, CallResolved, RunStarted } from './domain/events.ts';
export { compareRuns } from './engine/compare/compare-runs.ts';
export type { RunComparison } from './engine/compare/run-comparison.ts';
export { type CallState, foldRun, openCalls, type RunState, type StepState } from './engine/runs/fold-run.ts';
