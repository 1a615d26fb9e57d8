import Database from 'better-sqlite3';
import type { Rows } from './hand-loop.ts';

export interface HandLog {
  rowsOf(run: string): Rows;
  close(): void;
}

/** The log that people write by hand: a row per model call and per tool call, each committed before going on. */
export function openHandLog(file: string, synchronous: 'FULL' | 'NORMAL'): HandLog {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${synchronous}`);
  database.exec(`CREATE TABLE calls (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, turn INTEGER NOT NULL, kind TEXT NOT NULL,
    at INTEGER NOT NULL, body TEXT NOT NULL)`);
  const insert = database.prepare('INSERT INTO calls (run, turn, kind, at, body) VALUES (?, ?, ?, ?, ?)');
  const write = (run: string, turn: number, kind: string, body: unknown): void => {
    insert.run(run, turn, kind, Date.now(), JSON.stringify(body));
  };
  return {
    rowsOf: (run) => ({
      model: (turn, answer) => write(run, turn, 'model', answer),
      tool: (turn, result) => write(run, turn, 'tool', result),
    }),
    close: () => {
      database.close();
    },
  };
}
