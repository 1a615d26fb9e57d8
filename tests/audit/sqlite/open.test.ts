import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AuditLogOptions, listRuns, openAuditLog, verifyLog } from '../../../src/audit/sqlite/index.ts';
import { migrate } from '../../../src/audit/sqlite/migrate.ts';
import { migrations } from '../../../src/audit/sqlite/migrations/index.ts';
import { appendRun, eventsOfRun } from '../support/sample-run.ts';
import { tempFolder, tempLog } from '../support/temp-log.ts';

/** Opens a file that must not open, and gives the error. */
function refusal(options: Partial<AuditLogOptions> & { file: string }) {
  try {
    openAuditLog({ durability: 'normal', ...options }).close();
  } catch (error) {
    return error;
  }
  throw new Error('it was opened');
}

/** Root may do everything: permissions show only when the process is somebody else for a moment. */
function asNobody<Value>(work: () => Value): Value {
  const { seteuid, geteuid } = process;
  if (geteuid?.() !== 0 || !seteuid) return work();
  seteuid(65_534);
  try {
    return work();
  } finally {
    seteuid(0);
  }
}

describe('a file that cannot be the log', () => {
  test.each([
    {
      what: 'a folder that is not there',
      make: (folder: string) => join(folder, 'missing', 'audit.db'),
      code: 'LOG_UNOPENABLE',
      says: /no folder .*missing/,
      hint: /^mkdir -p /,
    },
    {
      what: 'a folder',
      make: (folder: string) => folder,
      code: 'LOG_UNOPENABLE',
      says: /it is a folder/,
      hint: /--db/,
    },
    {
      what: 'a text file',
      make: (folder: string) => {
        const file = join(folder, 'audit.db');
        writeFileSync(file, 'sku,name\n'.repeat(200));
        return file;
      },
      code: 'LOG_UNOPENABLE',
      says: /it is not a database/,
      hint: /--db/,
    },
    {
      what: 'a database of another program',
      make: (folder: string) => {
        const file = join(folder, 'audit.db');
        const other = new Database(file);
        other.exec('CREATE TABLE customers (id INTEGER)');
        other.close();
        return file;
      },
      code: 'LOG_FOREIGN',
      says: /another program/,
      hint: /--db/,
    },
    {
      what: 'a log of a newer version',
      make: (folder: string) => {
        const file = join(folder, 'audit.db');
        const log = openAuditLog({ file, durability: 'normal' });
        log.database.pragma('user_version = 99');
        log.close();
        return file;
      },
      code: 'LOG_FOREIGN',
      says: /version 99/,
      hint: /update aiworkflow/,
    },
  ])('$what is refused, and unchanged', ({ make, code, says, hint }) => {
    const file = make(tempFolder());
    const bytes = () => (existsSync(file) && !file.endsWith('/') ? readBytes(file) : undefined);
    const before = bytes();
    for (const readOnly of [false, true])
      expect(refusal({ file, readOnly })).toMatchObject({
        code,
        message: expect.stringMatching(says),
        hint: expect.stringMatching(hint),
      });
    expect(bytes()).toEqual(before);
  });

  test('a folder that may not be written to', () => {
    const folder = tempFolder();
    chmodSync(folder, 0o555);
    onTestFinished(() => chmodSync(folder, 0o755));
    const error = asNobody(() => refusal({ file: join(folder, 'audit.db') }));
    expect(error).toMatchObject({ code: 'LOG_UNOPENABLE', hint: expect.stringMatching(/writable/) });
  });

  test('a log that may not be written to', () => {
    const folder = tempFolder();
    const file = join(folder, 'audit.db');
    tempLog({ file }).close();
    chmodSync(file, 0o444);
    chmodSync(folder, 0o555);
    onTestFinished(() => chmodSync(folder, 0o755));
    const error = asNobody(() => refusal({ file }));
    expect(error).toMatchObject({ code: 'LOG_UNOPENABLE', hint: expect.stringMatching(/writable/) });
  });

  test('a log that may not be written to, of an older version, is not read with views that it has not', () => {
    const folder = tempFolder();
    const file = join(folder, 'audit.db');
    const old = new Database(file);
    migrate(old, migrations.slice(0, 1));
    old.pragma('journal_mode = WAL');
    old.close();
    unwritable(folder, file);
    const error = asNobody(() => refusal({ file, readOnly: true }));
    expect(error).toMatchObject({
      code: 'LOG_UNOPENABLE',
      message: expect.stringMatching(/has version 1, older than \d, and it cannot be brought up to date/),
      hint: expect.stringMatching(/copy it/),
    });
  });

  test.each([
    { what: 'that is not there', make: () => {}, says: /does not exist/ },
    { what: 'that is empty', make: (file: string) => writeFileSync(file, ''), says: /is empty/ },
  ])('a log $what cannot be read', ({ make, says }) => {
    const file = join(tempFolder(), 'audit.db');
    make(file);
    const error = refusal({ file, readOnly: true });
    expect(error).toMatchObject({ code: 'LOG_UNOPENABLE', message: expect.stringMatching(says) });
  });
});

function unwritable(folder: string, file: string): void {
  chmodSync(file, 0o444);
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
}

test('a log that lies where nothing may be written is read and verified', async () => {
  const folder = tempFolder();
  const file = join(folder, 'audit.db');
  const writer = tempLog({ file });
  appendRun(writer, 'one');
  await writer.commit();
  writer.close();
  unwritable(folder, file);
  const reader = asNobody(() => tempLog({ file, readOnly: true }));
  expect(listRuns(reader)).toMatchObject([{ runId: 'one', status: 'ok', held: false }]);
  expect(verifyLog(reader)).toMatchObject({ ok: true, runs: [{ runId: 'one' }] });
  expect(() => appendRun(reader, 'two')).toThrow(expect.objectContaining({ code: 'LOG_UNWRITABLE' }));
});

test('in a project without runs there is no log to read, and none is made', () => {
  const folder = join(tempFolder(), '.aiworkflow');
  const error = refusal({ file: join(folder, 'audit.db'), readOnly: true });
  expect(error).toMatchObject({
    code: 'LOG_UNOPENABLE',
    hint: expect.stringMatching(/^run a workflow first/),
  });
  expect(existsSync(folder)).toBe(false);
});

test('a log whose writer was killed can be read by a process that only reads', async () => {
  const folder = tempFolder();
  const writer = tempLog({ file: join(folder, 'audit.db') });
  appendRun(writer, 'one');
  await writer.commit();
  // What a kill leaves behind: the file and its write-ahead log, and nobody who has them open.
  const copy = join(tempFolder(), 'audit.db');
  for (const end of ['', '-wal']) copyFileSync(writer.file + end, copy + end);
  const reader = tempLog({ file: copy, readOnly: true });
  expect([...reader.events('one')]).toHaveLength(eventsOfRun(2));
  expect(verifyLog(reader).ok).toBe(true);
});

describe('opening', () => {
  test('makes the default folder, and no other', () => {
    const file = join(tempFolder(), '.aiworkflow', 'audit.db');
    tempLog({ file });
    expect(existsSync(file)).toBe(true);
  });

  test('an empty file becomes a log', () => {
    const file = join(tempFolder(), 'audit.db');
    writeFileSync(file, '');
    expect(verifyLog(tempLog({ file })).ok).toBe(true);
  });

  test('the file says what it is', () => {
    const file = join(tempFolder(), 'audit.db');
    tempLog({ file }).close();
    expect(readFileSync(file).subarray(68, 72).toString('latin1')).toBe('aiwf');
  });

  test('a reader beside a writer sees what is committed, and may not write', async () => {
    const writer = tempLog();
    appendRun(writer, 'one');
    await writer.commit();
    const reader = tempLog({ file: writer.file, readOnly: true });
    expect([...reader.events('one')]).toHaveLength(eventsOfRun(2));
    appendRun(writer, 'two');
    expect([...reader.events('two')]).toHaveLength(0);
    await writer.commit();
    expect([...reader.events('two')]).toHaveLength(eventsOfRun(2));
    expect(() => reader.store('x')).toThrow(expect.objectContaining({ code: 'LOG_UNWRITABLE' }));
    await expect(reader.commit()).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' });
  });

  test('many processes may make the same log at the same moment', async () => {
    const folder = join(tempFolder(), 'project');
    mkdirSync(folder);
    const file = join(folder, 'audit.db');
    const program = join(import.meta.dirname, '../fixtures/write-runs.ts');
    const exits = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const child = spawn(process.execPath, [program, file, `p${index}`, '1', '1'], {
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        const [code] = await once(child, 'exit');
        return code;
      }),
    );
    expect(exits).toEqual([0, 0, 0, 0, 0, 0]);
    const report = verifyLog(tempLog({ file, readOnly: true }));
    expect(report).toMatchObject({ ok: true });
    expect(report.runs).toHaveLength(6);
  });
});

function readBytes(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined; // a folder
  }
}
