/** In order, each once: never changed when it has been released. The last one's number is `user_version`. */
export const migrations: readonly string[] = [
  // 1: what was asked, how often and by whom; what a person decided; what came in without a person.
  `CREATE TABLE proposals (
     seq INTEGER PRIMARY KEY,
     change_id TEXT NOT NULL UNIQUE,
     kind TEXT NOT NULL,
     document_id TEXT NOT NULL,
     from_version TEXT NOT NULL,
     from_digest TEXT NOT NULL,
     to_version TEXT NOT NULL,
     to_digest TEXT NOT NULL,
     was TEXT NOT NULL,
     now TEXT NOT NULL,
     breaking INTEGER NOT NULL,
     differences TEXT NOT NULL
   ) STRICT;
   CREATE INDEX proposals_by_document ON proposals (kind, document_id, to_version);
   CREATE TABLE askings (
     seq INTEGER PRIMARY KEY,
     change_id TEXT NOT NULL REFERENCES proposals (change_id),
     reason TEXT NOT NULL,
     run_id TEXT,
     call TEXT,
     asked_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX askings_by_change ON askings (change_id);
   CREATE TABLE decisions (
     change_id TEXT PRIMARY KEY REFERENCES proposals (change_id),
     decision TEXT NOT NULL CHECK (decision IN ('accepted', 'rejected')),
     decided_by TEXT NOT NULL,
     because TEXT,
     decided_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE registrations (
     seq INTEGER PRIMARY KEY,
     kind TEXT NOT NULL,
     document_id TEXT NOT NULL,
     version TEXT NOT NULL,
     digest TEXT NOT NULL,
     run_id TEXT,
     call TEXT,
     registered_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX registrations_by_document ON registrations (kind, document_id, version);`,
];
