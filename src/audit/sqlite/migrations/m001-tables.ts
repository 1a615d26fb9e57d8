/**
 * Version 1: what the log holds.
 *
 * Rowid tables on purpose: rows are appended at the end of the table, so one transaction with the events of
 * 500 runs fills a few pages; keyed by run or by hash, each row would touch a page of its own.
 */
export const tables = `
-- A run's id once, and the small number that its events carry. Numbers have no gaps: a gap is a removed run.
CREATE TABLE run_keys (
  run INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE
) STRICT;

-- Every text once, under the sha256 of its UTF-8 bytes. Uniqueness is the writer's business, under the write lock:
-- an index over whole hashes would hold each of them a second time.
CREATE TABLE blobs (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  encoding TEXT NOT NULL CHECK (encoding IN ('utf8', 'deflate', 'zstd')),
  body BLOB NOT NULL
) STRICT;

CREATE INDEX blobs_by_hash ON blobs (substr(hash, 1, 8));

-- One row per event, append-only. "id" has no gaps over the whole log, "seq" none within a run (from 1).
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run_keys (run),
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,   -- milliseconds since 1970, UTC
  type TEXT NOT NULL,
  position TEXT,         -- a call's position, or a step's path
  fingerprint BLOB,      -- 32 bytes
  request INTEGER REFERENCES blobs (id),
  result INTEGER REFERENCES blobs (id),
  added TEXT,            -- JSON: a list of blobs.id
  usage TEXT,            -- JSON: [input, output, cache read, cache write, reasoning] tokens
  status TEXT,
  source TEXT,
  duration_ms REAL,
  rest TEXT NOT NULL,    -- JSON: every other field
  chain BLOB NOT NULL    -- sha256(previous chain as hex, newline, canonical JSON of the event)
) STRICT;
CREATE UNIQUE INDEX events_of_run ON events (run, seq);

-- Written with a run's last event: so a run whose end was cut off is told from one that never ended.
CREATE TABLE run_ends (
  run INTEGER PRIMARY KEY REFERENCES run_keys (run),
  events INTEGER NOT NULL,
  root BLOB NOT NULL
) STRICT;

-- Against slips in an SQL shell; against intent there is the hash chain.
CREATE TRIGGER events_are_kept BEFORE DELETE ON events BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER events_are_final BEFORE UPDATE ON events BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER blobs_are_kept BEFORE DELETE ON blobs BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER blobs_are_final BEFORE UPDATE ON blobs BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
`;
