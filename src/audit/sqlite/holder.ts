import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { sqliteCode } from './log-errors.ts';

/** Long beside the moment for which another process looks whether a file is locked. */
const lockTimeoutMs = 5_000;

/**
 * The sign that this process lives: a file beside the log, `<log>-holder-<token>`, that it keeps locked. The operating
 * system gives the lock back when the process ends, however it ends; no clock and no process id is trusted.
 *
 * The lock is SQLite's own (an exclusive transaction that never writes), because node has no file locks. Nothing else
 * in the process may open the file: closing any descriptor of it would give the lock back.
 */
export class Holder {
  readonly #prefix: string;
  #locked: LockedFile | undefined;

  /** `file`: the log. */
  constructor(file: string) {
    // By its real name: two processes that reach the log by different links must look in the same place.
    this.#prefix = `${realpathSync(file)}-holder-`;
  }

  /** Undefined until the lock was taken. */
  get token(): string | undefined {
    return this.#locked?.token;
  }

  /** Takes the lock, once; gives its token. */
  take(): string {
    if (!this.#locked) {
      this.#removeDead();
      this.#locked = lockNewFile(this.#prefix);
      lockedFiles.add(this.#locked);
    }
    return this.#locked.token;
  }

  /** True while the process that took this token lives. A file that cannot be looked at counts as locked. */
  isAlive(token: string): boolean {
    return token === this.token || isLocked(this.#prefix + token);
  }

  drop(): void {
    if (!this.#locked) return;
    const locked = this.#locked;
    this.#locked = undefined;
    rmSync(locked.file, { force: true });
    lockedFiles.delete(locked);
    locked.lock.close();
  }

  #removeDead(): void {
    const start = basename(this.#prefix);
    const folder = dirname(this.#prefix);
    for (const name of readdirSync(folder).filter((each) => each.startsWith(start)))
      isLocked(join(folder, name), (file) => rmSync(file, { force: true }));
  }
}

interface LockedFile {
  readonly token: string;
  readonly file: string;
  readonly lock: Database.Database;
}

/**
 * Of this process: for an end without `close`, and so that no lock is ever given back by the garbage collector. A log that
 * nothing refers to any more may still have runs that other processes must not take.
 */
const lockedFiles = new Set<LockedFile>();
process.once('exit', () => {
  for (const { file } of lockedFiles) rmSync(file, { force: true });
});

function lockNewFile(prefix: string): LockedFile {
  for (;;) {
    const token = randomUUID();
    const file = prefix + token;
    const lock = new Database(file, { timeout: lockTimeoutMs });
    // A journal file would stay behind after a crash, and would have to be rolled back by whoever looks.
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
    // Before the lock was there another process may have taken the file for a dead one's.
    if (existsSync(file)) return { token, file, lock };
    lock.close();
  }
}

/** `whenDead` is called while nobody else can lock the file. */
function isLocked(file: string, whenDead?: (file: string) => void): boolean {
  if (!existsSync(file)) return false;
  let look: Database.Database | undefined;
  try {
    look = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
    // A shared lock: those who look do not take each other for the holder.
    look.exec('BEGIN');
    look.prepare('SELECT count(*) FROM sqlite_schema').get();
    whenDead?.(file);
    return false;
  } catch (error) {
    return sqliteCode(error) !== 'SQLITE_CANTOPEN' || existsSync(file);
  } finally {
    look?.close();
  }
}
