import { announcedGaps, rowGaps } from './announced-gaps.ts';
import type { AuditFile } from './audit-log.ts';
import type { StoredBlob } from './blob-store.ts';
import { changedText } from './checked-texts.ts';
import { examineBlob } from './read-blob.ts';
import { RedactedTexts } from './redacted-texts.ts';
import type { LogVerification, Problem } from './verification.ts';
import { isUnwiped } from './wipe-file.ts';

export interface FileExamination {
  readonly problems: readonly Problem[];
  /** What was taken out and written down. */
  readonly removed: Pick<LogVerification, 'redacted' | 'pruned' | 'unwiped'>;
}

/** What is wrong with the file as a whole: pages, gaps in the row numbers, texts that do not fit their hashes. */
export function examineFile(log: AuditFile): FileExamination {
  const texts = examineTexts(log);
  const pruned = log.database.prepare<[], number>('SELECT count(*) FROM pruned_runs').pluck().get() ?? 0;
  return {
    problems: [...pageProblems(log), ...gapProblems(log), ...texts.problems],
    removed: { redacted: texts.redacted, pruned, unwiped: isUnwiped(log) },
  };
}

function pageProblems(log: AuditFile): Problem[] {
  const findings = log.database.prepare<[], string>('PRAGMA integrity_check').pluck().all();
  return findings.filter((finding) => finding !== 'ok').map((finding) => ({ what: `SQLite: ${finding}` }));
}

/** Row numbers are given out in order and only a prune deletes, which announces it: any other missing number was removed. */
function gapProblems(log: AuditFile): Problem[] {
  const announced = announcedGaps(log.database);
  const found = rowGaps(log.database);
  return (['events', 'texts', 'runs'] as const).flatMap((name) => {
    const missing = found[name] - announced[name];
    if (missing === 0) return [];
    return missing > 0
      ? [{ what: `${missing} ${name} were removed from the log` }]
      : [{ what: `${-missing} ${name} stand where a prune announced none` }];
  });
}

function examineTexts(log: AuditFile): { readonly problems: Problem[]; readonly redacted: number } {
  const redactions = new RedactedTexts(log.database);
  const problems: Problem[] = [];
  let redacted = 0;
  // One at a time: a text may be 200 MB long.
  const next = log.database.prepare<[number], StoredBlob>(
    'SELECT id, hash, encoding, body FROM blobs WHERE id > ? ORDER BY id LIMIT 1',
  );
  for (let row = next.get(0); row; row = next.get(row.id)) {
    const found = examineBlob(row, redactions);
    if (found === undefined) problems.push({ what: changedText(row.hash.toString('hex')) });
    else if ('redacted' in found) redacted += 1;
  }
  return { problems, redacted };
}
