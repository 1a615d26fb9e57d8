/** Version 2: who works on a run, what budgets hold, and runs that go on after their end. */
export const tables = `
-- A run that a process works on. The row counts while the holder's lock file beside the log is locked; "pid" and
-- "since" (milliseconds since 1970) are for people.
CREATE TABLE leases (
  run INTEGER PRIMARY KEY REFERENCES run_keys (run),
  holder TEXT NOT NULL,
  pid INTEGER NOT NULL,
  since INTEGER NOT NULL
) STRICT;

-- What is used and reserved in a budget. "opened_*" is what the log's calls had used when the account was first
-- drawn on; the rest are the calls whose beginning names the account.
CREATE TABLE budget_accounts (
  account INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  usd REAL NOT NULL,
  tokens REAL NOT NULL,
  opened_usd REAL NOT NULL,
  opened_tokens REAL NOT NULL
) STRICT;

-- A run may go on after its end. While it stands ended, "events" and "root" tell its last event, and "ended" which one
-- is its "run-ended"; while it goes on there is no row.
ALTER TABLE run_ends ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;
UPDATE run_ends SET ended = events;
`;
