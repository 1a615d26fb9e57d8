import { messageOf } from '../../errors/index.ts';
import type { AuditFile } from './audit-log.ts';
import { checkedTexts } from './checked-texts.ts';
import { EventReader, readEventRows } from './read-rows.ts';
import { accountProblems } from './sum-spend.ts';
import { type LogVerification, type Problem, type RunVerification, verification } from './verification.ts';
import { examineFile } from './verify-file.ts';
import { type CheckText, type FoundEvent, verifyRunEvents } from './verify-run-events.ts';

/** One run: its chain, its story, and every text that its events name. */
export function verifyRun(log: AuditFile, runId: string): LogVerification {
  return readable(log, () => verification([checkRun(log, runId, checkedTexts(log))], []));
}

/** The whole file: SQLite's own check, every text in it, no gaps, every run, and the budgets' accounts. */
export function verifyLog(log: AuditFile): LogVerification {
  return readable(log, () => {
    const checkText = checkedTexts(log);
    const { problems, removed } = examineFile(log);
    const runs = log.database
      .prepare<[], string>('SELECT run_id FROM run_keys ORDER BY run')
      .pluck()
      .all()
      .map((runId) => checkRun(log, runId, checkText));
    return verification(runs, [...problems, ...accountProblems(log.database)], removed);
  });
}

/** One snapshot, whatever other processes write meanwhile. A file that cannot be read is a finding, not a crash. */
function readable(log: AuditFile, verify: () => LogVerification): LogVerification {
  try {
    return log.database.transaction(verify)();
  } catch (error) {
    return verification([], [{ what: `the file cannot be read to its end: ${messageOf(error)}` }]);
  }
}

function checkRun(log: AuditFile, runId: string, checkText: CheckText): RunVerification {
  const checked = verifyRunEvents(runId, foundEvents(log, runId), checkText);
  const cut = missingEnd(log, checked);
  return cut ? { ...checked, problems: [...checked.problems, cut] } : checked;
}

function* foundEvents(log: AuditFile, runId: string): Generator<FoundEvent> {
  const reader = new EventReader(log.database);
  for (const row of readEventRows(log.database, runId))
    yield { seq: row.seq, link: row.chain ?? '', read: () => reader.read(row, runId) };
}

/** A chain does not show that its last events are gone; what was noted of a run that stands ended does. */
function missingEnd(log: AuditFile, { runId, events, root, ended }: RunVerification): Problem | undefined {
  const end = log.database
    .prepare<[string], { events: number; root: Buffer }>(`
      SELECT x.events, x.root FROM run_ends x JOIN run_keys k ON k.run = x.run WHERE k.run_id = ?`)
    .get(runId);
  if (!end) return ended ? { what: 'the run has ended, and the note of its end was removed' } : undefined;
  if (end.events === events && end.root.toString('hex') === root) return undefined;
  return {
    what: `the run ended with ${end.events} events and root ${end.root.toString('hex')}; they are not all here`,
  };
}
