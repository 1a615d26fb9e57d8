import type { Database } from 'better-sqlite3';
import { DefinitionError, messageOf } from '../../../errors/index.ts';
import type { DocumentKind } from '../documents/kinds.ts';
import type { Asking, Change, Decision, Origin, ProposedChange, VersionOrigin } from './change.ts';
import { openDatabase, openExisting } from './open-database.ts';
import {
  type AskingRow,
  askingOf,
  changeOf,
  type DecisionRow,
  type ProposalRow,
  versionOriginOf,
} from './rows.ts';

export interface Registration {
  readonly kind: DocumentKind;
  readonly documentId: string;
  readonly version: string;
  readonly digest: string;
  readonly origin: Origin | undefined;
  readonly atMs: number;
}

/**
 * What was asked of the catalog and what a person decided, for any number of processes at once. What writes is called
 * inside `exclusively`.
 */
export interface ChangeBook {
  /** In the order in which they were first asked for. */
  list(): Change[];
  find(changeId: string): Change | undefined;
  /** Keeps a change once, and everyone who asks for it. */
  propose(change: ProposedChange, asking: Asking): void;
  decide(changeId: string, decision: Decision): void;
  register(registration: Registration): void;
  /** How a version came to be in force; the newest when it came twice. */
  originOf(wanted: {
    readonly kind: DocumentKind;
    readonly id: string;
    readonly version: string;
  }): VersionOrigin | undefined;
  /** Alone among all processes: what is read inside stays true until the end. What was written is kept only when `work` succeeds. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): void;
}

/** The file is made by the first that is asked for; questions to a book that is not there are answered with nothing. */
export function openChangeBook(file: string): ChangeBook {
  let opened: Database | undefined;
  const forReading = (): Database | undefined => (opened ??= openExisting(file));
  const forWriting = (): Database => (opened ??= openDatabase(file));
  return {
    list: () => readChanges(forReading(), ''),
    find: (changeId) => readChanges(forReading(), 'WHERE change_id = ?', changeId)[0],
    propose: (change, asking) => insertProposal(forWriting(), { change, asking }),
    decide: (changeId, { decision, by, because, atMs }) =>
      void forWriting()
        .prepare('INSERT INTO decisions VALUES (?, ?, ?, ?, ?)')
        .run(changeId, decision, by, because ?? null, atMs),
    register: (registration) => insertRegistration(forWriting(), registration),
    originOf: (wanted) => {
      const database = forReading();
      return database && versionOriginOf(database, wanted);
    },
    exclusively: (work) => exclusively(forWriting(), work),
    close: () => opened?.close(),
  };
}

/**
 * One piece of work at a time in this process, one transaction at a time in all of them. better-sqlite3's own transactions end
 * before anything that is awaited in them.
 */
async function exclusively<Result>(database: Database, work: () => Promise<Result>): Promise<Result> {
  const before = turns.get(database) ?? Promise.resolve();
  const turn = before.then(async () => {
    begin(database);
    try {
      const result = await work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK');
      throw error;
    }
  });
  turns.set(
    database,
    turn.catch(() => undefined),
  );
  return turn;
}

function begin(database: Database): void {
  try {
    database.exec('BEGIN IMMEDIATE');
  } catch (cause) {
    throw new DefinitionError({
      code: 'CATALOG_DATABASE',
      message: `The catalog's changes in ${database.name} cannot be written: ${messageOf(cause)}.`,
      hint: 'another process holds the file, or it may not be written to: call again, or name another with --database.',
      cause,
    });
  }
}

const turns = new WeakMap<Database, Promise<unknown>>();

function readChanges(database: Database | undefined, where: string, ...values: readonly string[]): Change[] {
  if (!database) return [];
  const proposals = database.prepare(`SELECT * FROM proposals ${where} ORDER BY seq`).all(...values);
  const askings = database.prepare('SELECT * FROM askings WHERE change_id = ? ORDER BY seq');
  const decision = database.prepare('SELECT * FROM decisions WHERE change_id = ?');
  return (proposals as ProposalRow[]).map((row) =>
    changeOf(row, {
      askings: (askings.all(row.change_id) as AskingRow[]).map(askingOf),
      decision: decision.get(row.change_id) as DecisionRow | undefined,
    }),
  );
}

function insertProposal(
  database: Database,
  { change, asking }: { readonly change: ProposedChange; readonly asking: Asking },
): void {
  const { id, kind, documentId, from, to, was, now, breaking, differences } = change;
  database
    .prepare(
      `INSERT INTO proposals (change_id, kind, document_id, from_version, from_digest, to_version, to_digest, was, now, breaking, differences)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (change_id) DO NOTHING`,
    )
    .run(
      id,
      kind,
      documentId,
      from.version,
      from.digest,
      to.version,
      to.digest,
      JSON.stringify(was),
      JSON.stringify(now),
      breaking ? 1 : 0,
      JSON.stringify(differences),
    );
  const { reason, origin, atMs } = asking;
  // A call that is made again after a crash asks once.
  database
    .prepare(
      `INSERT INTO askings (change_id, reason, run_id, call, asked_at_ms) SELECT ?, ?, ?, ?, ?
       WHERE NOT EXISTS (SELECT 1 FROM askings WHERE change_id = ? AND call IS ?)`,
    )
    .run(id, reason, origin?.run ?? null, origin?.call ?? null, atMs, id, origin?.call ?? null);
}

function insertRegistration(database: Database, registration: Registration): void {
  const { kind, documentId, version, digest, origin, atMs } = registration;
  database
    .prepare(
      `INSERT INTO registrations (kind, document_id, version, digest, run_id, call, registered_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(kind, documentId, version, digest, origin?.run ?? null, origin?.call ?? null, atMs);
}
