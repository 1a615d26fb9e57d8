/**
 * Version 3: what was taken out of the log on purpose, who did it and why, and what came from other logs. What is
 * missing without a row here was tampered with.
 */
export const removals = `
-- A text that was taken out. Its blob keeps its hash and its row; the body is the marker of this row. "blob" is NULL
-- once the blob itself was pruned.
CREATE TABLE redactions (
  id INTEGER PRIMARY KEY,
  blob INTEGER,
  hash BLOB NOT NULL,
  salt TEXT NOT NULL,
  digest TEXT NOT NULL,  -- sha256(salt + text): whoever has the text can prove that it was this one
  at INTEGER NOT NULL,   -- milliseconds since 1970, UTC
  by TEXT NOT NULL,
  why TEXT NOT NULL
) STRICT;
CREATE INDEX redactions_of_blob ON redactions (blob);

CREATE TABLE pruned_runs (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  status TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  events INTEGER NOT NULL,
  root BLOB NOT NULL,
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  why TEXT NOT NULL
) STRICT;
CREATE INDEX pruned_runs_by_id ON pruned_runs (run_id);

-- One row for each prune: how many numbers below the highest are missing from each table since then, in all.
CREATE TABLE announced_gaps (
  id INTEGER PRIMARY KEY,
  events INTEGER NOT NULL,
  texts INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;

-- "origin" is what the imported file said of itself, so that exporting the run again gives the same file.
CREATE TABLE imported_runs (
  run INTEGER PRIMARY KEY,
  file TEXT NOT NULL,
  origin TEXT,
  at INTEGER NOT NULL
) STRICT;

-- One row while texts were taken out and the file was not written anew since: free pages may still hold them.
CREATE TABLE unwiped (id INTEGER PRIMARY KEY CHECK (id = 1)) STRICT;

-- What a prune is about to remove, within its transaction. Empty at all other times.
CREATE TABLE removing_runs (run INTEGER PRIMARY KEY) STRICT;
CREATE TABLE removing_texts (blob INTEGER PRIMARY KEY) STRICT;

DROP TRIGGER events_are_kept;
CREATE TRIGGER events_are_kept BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM removing_runs r WHERE r.run = OLD.run)
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

DROP TRIGGER blobs_are_kept;
CREATE TRIGGER blobs_are_kept BEFORE DELETE ON blobs
WHEN NOT EXISTS (SELECT 1 FROM removing_texts r WHERE r.blob = OLD.id)
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

DROP TRIGGER blobs_are_final;
CREATE TRIGGER blobs_are_final BEFORE UPDATE ON blobs
WHEN NOT EXISTS (
  SELECT 1 FROM redactions r
  WHERE r.blob = OLD.id AND NEW.id = OLD.id AND r.hash = OLD.hash AND NEW.hash = OLD.hash AND NEW.encoding = 'utf8'
    AND NEW.body = CAST('{"redacted":{"digest":"' || r.digest || '","salt":"' || r.salt || '"}}' AS BLOB))
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER redactions_are_kept BEFORE DELETE ON redactions
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER redactions_are_final BEFORE UPDATE OF hash, salt, digest, at, by, why ON redactions
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER pruned_runs_are_kept BEFORE DELETE ON pruned_runs
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER pruned_runs_are_final BEFORE UPDATE ON pruned_runs
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
`;
