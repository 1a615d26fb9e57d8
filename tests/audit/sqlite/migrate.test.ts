import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { listRuns, openAuditLog, verifyLog } from '../../../src/audit/sqlite/index.ts';
import { migrate, schemaVersion } from '../../../src/audit/sqlite/migrate.ts';
import { type Migration, migrations } from '../../../src/audit/sqlite/migrations/index.ts';
import { appendRun } from '../support/sample-run.ts';
import { tempFolder, tempLog } from '../support/temp-log.ts';

/** The words of each version that is out there. A new version is a new line; a line never changes. */
const frozen: readonly string[] = [
  '78c1e3175f35f81252607c30fa80a50a0e4cd6480c3722361171c0d217db8cfc',
  'e1600197eca07163894483cb5d37301058beda5e8e12b52509c40aad8ad5c389',
  'a9be5470ab45b2bd176129bd42ecb72622d430265d11a9243086dfa687bce436',
];

/** What a next version may look like: the mechanism is tried with it while there is one version only. */
const next: Migration = {
  version: migrations.length + 1,
  sql: `CREATE TABLE notes (run INTEGER PRIMARY KEY REFERENCES run_keys (run), text TEXT NOT NULL) STRICT;
    DROP VIEW costs; CREATE VIEW costs AS SELECT 1 AS one;`,
};

function database(file = ':memory:'): Database.Database {
  const opened = new Database(file);
  onTestFinished(() => {
    opened.close();
  });
  return opened;
}

const schemaOf = (opened: Database.Database): unknown[] =>
  opened.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all();

test('versions are numbered from 1 without gaps', () => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
});

test('versions that are out there do not change', () => {
  expect(migrations.map(({ sql }) => createHash('sha256').update(sql).digest('hex'))).toEqual(frozen);
});

test.each(migrations.map(({ version }) => version))(
  'from version %i, an old file becomes equal to a new one',
  (version) => {
    const all = [...migrations, next];
    const fresh = database();
    migrate(fresh, all);
    const old = database();
    migrate(old, all.slice(0, version));
    expect(schemaVersion(old)).toBe(version);
    migrate(old, all);
    expect(schemaVersion(old)).toBe(next.version);
    expect(schemaOf(old)).toEqual(schemaOf(fresh));
  },
);

test('what an old file holds is there afterwards', async () => {
  const file = join(tempFolder(), 'audit.db');
  const log = openAuditLog({ file, durability: 'normal' });
  appendRun(log, 'one');
  await log.commit();
  log.close();
  const old = database(file);
  const events = () => old.prepare('SELECT * FROM events').all();
  const before = events();
  migrate(old, [...migrations, next]);
  expect(events()).toEqual(before);
});

/** A file as the program of that version left it: its tables, with the rows that a run of it had. */
async function fileOfVersion1(): Promise<string> {
  const folder = tempFolder();
  const log = openAuditLog({ file: join(folder, 'new.db'), durability: 'normal' });
  appendRun(log, 'ended');
  appendRun(log, 'open', { open: true });
  await log.commit();
  log.close();
  const file = join(folder, 'audit.db');
  const old = database(file);
  migrate(old, migrations.slice(0, 1));
  old.exec(`ATTACH '${join(folder, 'new.db')}' AS new;
    INSERT INTO run_keys SELECT * FROM new.run_keys; INSERT INTO blobs SELECT * FROM new.blobs;
    INSERT INTO events SELECT * FROM new.events; INSERT INTO run_ends SELECT run, events, root FROM new.run_ends`);
  old.close();
  return file;
}

test('a log of version 1 that is opened for reading is brought up to date, and that is said once', async () => {
  const file = await fileOfVersion1();
  const said: unknown[] = [];
  const open = () => tempLog({ file, readOnly: true, onUpgraded: (versions) => said.push(versions) });
  expect(listRuns(open())).toHaveLength(2);
  expect(verifyLog(open())).toMatchObject({ ok: true });
  expect(said).toEqual([{ from: 1, to: migrations.length }]);
});

test('runs of version 1 verify, are listed, and can go on', async () => {
  const file = await fileOfVersion1();
  const log = tempLog({ file });
  expect(schemaVersion(log.database)).toBe(migrations.length);
  expect(verifyLog(log)).toMatchObject({ ok: true, runs: [{ ended: true }, { ended: false }] });
  const listed = () => listRuns(log).map(({ runId, status, held }) => ({ runId, status, held }));
  expect(listed()).toEqual([
    { runId: 'open', status: 'running', held: false },
    { runId: 'ended', status: 'ok', held: false },
  ]);
  for (const runId of ['open', 'ended']) {
    log.claim(runId);
    log.append(runId, { type: 'run-resumed', at: 1, program: 'p' });
  }
  await log.commit();
  expect(listed().map(({ status, held }) => [status, held])).toEqual([
    ['running', true],
    ['running', true],
  ]);
  for (const runId of ['open', 'ended']) log.append(runId, { type: 'run-ended', at: 2, status: 'failed' });
  await log.commit();
  expect(listed().map(({ status }) => status)).toEqual(['failed', 'failed']);
  expect(verifyLog(log)).toMatchObject({ ok: true });
});

test('a migration that fails leaves the old version, whole', () => {
  const old = database();
  migrate(old, migrations);
  const before = schemaOf(old);
  const broken = { version: next.version, sql: 'CREATE TABLE notes (a); SELECT nonsense();' };
  expect(() => migrate(old, [...migrations, broken])).toThrow(/nonsense/);
  expect(schemaVersion(old)).toBe(migrations.length);
  expect(schemaOf(old)).toEqual(before);
});
