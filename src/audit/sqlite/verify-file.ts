import type { AuditFile } from './audit-log.ts';
import type { EncodedBlob } from './blob-codec.ts';
import { sha256 } from './chain-hash.ts';
import { textOf } from './read-blob.ts';
import type { Problem } from './verification.ts';

/** What is wrong with the file as a whole: pages, gaps in the row numbers, texts that do not fit their hashes. */
export function fileProblems(log: AuditFile): Problem[] {
  return [...pageProblems(log), ...gapProblems(log), ...textProblems(log)];
}

function pageProblems(log: AuditFile): Problem[] {
  const findings = log.database.prepare<[], string>('PRAGMA integrity_check').pluck().all();
  return findings.filter((finding) => finding !== 'ok').map((finding) => ({ what: `SQLite: ${finding}` }));
}

/** Row numbers are given out in order and nothing is deleted: a number that is missing was removed. */
const numbered = [
  { table: 'events', key: 'id', name: 'events' },
  { table: 'blobs', key: 'id', name: 'texts' },
  { table: 'run_keys', key: 'run', name: 'runs' },
] as const;

function gapProblems(log: AuditFile): Problem[] {
  return numbered.flatMap(({ table, key, name }) => {
    const row = log.database
      .prepare<[], { rows: number; last: number }>(
        `SELECT count(*) AS rows, coalesce(max(${key}), 0) AS last FROM ${table}`,
      )
      .get();
    const missing = row ? row.last - row.rows : 0;
    return missing === 0 ? [] : [{ what: `${missing} ${name} were removed from the log` }];
  });
}

function* textProblems(log: AuditFile): Generator<Problem> {
  // One at a time: a text may be 200 MB long.
  const next = log.database.prepare<[number], EncodedBlob & { id: number; hash: Buffer }>(
    'SELECT id, hash, encoding, body FROM blobs WHERE id > ? ORDER BY id LIMIT 1',
  );
  for (let row = next.get(0); row; row = next.get(row.id)) {
    const hash = row.hash.toString('hex');
    const text = textOf(row);
    if (text === undefined || sha256(text) !== hash)
      yield { what: `the text under ${hash} was changed: it has another hash now` };
  }
}
