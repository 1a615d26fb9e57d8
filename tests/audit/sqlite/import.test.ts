import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstLink, nextLink } from '../../../src/audit/sqlite/chain-hash.ts';
import {
  exportRun,
  findRun,
  importOf,
  importRun,
  listRuns,
  verifyExport,
  verifyLog,
  verifyRun,
} from '../../../src/audit/sqlite/index.ts';
import { canonicalJson } from '../../../src/domain/canonical-json.ts';
import type { AuditEvent } from '../../../src/domain/events.ts';
import type { Json } from '../../../src/domain/json.ts';
import { foldRun } from '../../../src/engine/runs/fold-run.ts';
import { createScrubber } from '../../../src/governance/scrub.ts';
import { generatedRun } from '../support/every-event.ts';
import { appendRun, startMs } from '../support/sample-run.ts';
import { tempFolder, tempLog } from '../support/temp-log.ts';

type Log = ReturnType<typeof tempLog>;

const exported = (log: Log, runId: string, origin?: string): string =>
  [...exportRun(log, runId, origin === undefined ? {} : { origin })].map((line) => `${line}\n`).join('');

function fileWith(text: string | Buffer): string {
  const file = join(tempFolder(), 'run.jsonl');
  writeFileSync(file, text);
  return file;
}

async function exportOfSample(options: Parameters<typeof appendRun>[2] = {}): Promise<string> {
  const log = tempLog();
  appendRun(log, 'one', options);
  await log.commit();
  return exported(log, 'one', 'made for a test');
}

/** An export with events that `appendRun` does not write, with its links derived anew. */
function withEvents(text: string, change: (events: AuditEvent[]) => AuditEvent[]): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const events = change(lines.filter((line) => line.event).map((line) => line.event));
  let link = firstLink(lines[0].runId);
  const chained = events.map((event) => {
    link = nextLink(link, canonicalJson(event as unknown as Json));
    return { event, hash: link };
  });
  const all = [
    lines[0],
    ...lines.filter((line) => line.blob),
    ...chained,
    { root: link, events: events.length },
  ];
  return `${all.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

describe('importRun', () => {
  test('gives the same run: events, chain, root, state, and the same export', async () => {
    const text = await exportOfSample();
    const log = tempLog();
    const file = fileWith(text);
    const root = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '').root;
    expect(importRun(log, file)).toEqual({
      runId: 'one',
      workflowId: 'sample',
      events: 13,
      texts: 12,
      redacted: 0,
      root,
      outcome: 'imported',
    });
    expect(verifyLog(log)).toMatchObject({ ok: true, runs: [{ runId: 'one', root }] });
    expect(exported(log, 'one')).toBe(text);
    expect(findRun(log, 'last')).toBe('one');
    expect(listRuns(log)).toMatchObject([{ runId: 'one', status: 'ok', calls: 4, costUsd: 0.5 }]);
    expect(importOf(log, 'one')).toMatchObject({ file: 'run.jsonl', origin: 'made for a test' });
    expect(log.isHeld('one')).toBe(false);
  });

  test('the same run again changes nothing, by its root', async () => {
    const file = fileWith(await exportOfSample());
    const log = tempLog();
    importRun(log, file);
    const changes = log.database.prepare('SELECT total_changes()').pluck();
    const before = changes.get();
    expect(importRun(log, file)).toMatchObject({ runId: 'one', outcome: 'there' });
    expect(changes.get()).toBe(before);
  });

  test('a run that was imported while it went on can go on here', async () => {
    const log = tempLog();
    importRun(log, fileWith(await exportOfSample({ open: true })));
    log.append('one', { type: 'run-resumed', at: startMs + 99, program: 'p' });
    log.append('one', { type: 'run-ended', at: startMs + 100, status: 'ok' });
    await log.commit();
    expect(verifyLog(log)).toMatchObject({ ok: true });
  });

  test.each([
    {
      what: 'goes on in the log',
      there: { turns: 3, open: true },
      file: { turns: 2, open: true },
      says: /the first 10 events are the same, and the log goes on after them/,
    },
    {
      what: 'goes on in the file',
      there: { turns: 1, open: true },
      file: { turns: 2, open: true },
      says: /the first 6 events are the same, and the file goes on after them/,
    },
    {
      what: 'is another one',
      there: { workflowId: 'other' },
      file: {},
      says: /event 1 \(run-started\) is the first that differs/,
    },
    {
      what: 'cost something else',
      there: { costUsd: 1 },
      file: {},
      says: /event 4 \(call-ended\) is the first/,
    },
  ])('a run whose history $what is refused, and nothing is written', async ({ there, file, says }) => {
    const log = tempLog();
    appendRun(log, 'one', there);
    await log.commit();
    const before = exported(log, 'one');
    const path = fileWith(await exportOfSample(file));
    expect(() => importRun(log, path)).toThrow(
      expect.objectContaining({ code: 'RUN_DIFFERS', message: expect.stringMatching(says) }),
    );
    expect(exported(log, 'one')).toBe(before);
    expect(verifyLog(log)).toMatchObject({ ok: true });
  });

  test('an event of a type that only a newer program knows is kept to the letter, with its texts', async () => {
    const log = tempLog();
    const picture = 'a text that only a newer program names';
    const hash = log.store(picture);
    const text = withEvents(await exportOfSample({ open: true }), (events) => [
      ...events,
      {
        type: 'picture-taken',
        at: startMs,
        step: 'scan',
        picture: hash,
        more: { deep: ['x'] },
      } as unknown as AuditEvent,
    ]).replace('{"event"', `${JSON.stringify({ blob: hash, text: picture })}\n{"event"`);
    const file = fileWith(text);
    expect(verifyExport(text)).toMatchObject({ ok: true, runs: [{ unknownTypes: ['picture-taken'] }] });
    const target = tempLog();
    importRun(target, file);
    expect(verifyRun(target, 'one')).toMatchObject({ ok: true, runs: [{ unknownTypes: ['picture-taken'] }] });
    expect(target.load(hash)).toBe(picture);
    expect(exported(target, 'one')).toContain(picture);
    expect(foldRun('one', target.events('one')).steps.size).toBe(1);
  });

  test('an event of a newer program may stand after the end of its run', async () => {
    const text = withEvents(await exportOfSample(), (events) => [
      ...events,
      { type: 'run-praised', at: startMs, stars: 5 } as unknown as AuditEvent,
    ]);
    const log = tempLog();
    importRun(log, fileWith(text));
    expect(verifyLog(log)).toMatchObject({ ok: true, runs: [{ ended: true }] });
    const { root } = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '');
    expect(log.database.prepare('SELECT root_hash FROM runs').pluck().get()).toBe(root);
  });

  test('export, import, export: byte by byte the same, whatever a run holds', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(generatedRun, async ({ texts, events }) => {
        const [from, to] = [tempLog(), tempLog()];
        const runId = `run-${number++}`;
        for (const text of texts) from.store(text);
        for (const event of events) from.append(runId, event);
        await from.commit();
        const first = exported(from, runId, 'made for a test');
        expect(verifyExport(first)).toMatchObject({ ok: true });
        importRun(to, fileWith(first));
        expect(exported(to, runId)).toBe(first);
        expect(verifyLog(to)).toMatchObject({ ok: true });
        expect([...to.events(runId)]).toEqual([...from.events(runId)]);
        from.close();
        to.close();
      }),
      { seed: 20261121, numRuns: 60 },
    );
  }, 120_000);
});

describe('what is no whole export is refused, and nothing is written', () => {
  const cut = (text: string, parts: number): string => `${text.split('\n').slice(0, -parts).join('\n')}\n`;
  test.each([
    {
      what: 'nothing',
      change: () => '',
      code: 'LOG_CORRUPT',
      says: /line 1 is not there|line 1 is not a line/,
    },
    {
      what: 'a table',
      change: () => 'sku,name\n1,x\n',
      code: 'LOG_CORRUPT',
      says: /line 1 is not a line of a run export/,
    },
    { what: 'another program’s JSON', change: () => '{"format":"x"}\n', code: 'LOG_CORRUPT', says: /line 1/ },
    {
      what: 'a database',
      change: () => Buffer.from([0x53, 0xff, 0xfe, 0x00, 0x0a]),
      code: 'LOG_CORRUPT',
      says: /line 1 is not UTF-8/,
    },
    {
      what: 'a line without an end',
      change: () => 'x'.repeat(3_000_000),
      code: 'LOG_CORRUPT',
      says: /line 1 is too long/,
    },
    {
      what: 'a newer format',
      change: (text: string) => text.replace('aiworkflow-run/1', 'aiworkflow-run/2'),
      code: 'LOG_FOREIGN',
      says: /written by a newer program: it is written in version 2 .* reads versions up to 1/,
    },
    {
      what: 'no run id',
      change: (text: string) => text.replace('"runId":"one"', '"runId":""'),
      code: 'LOG_CORRUPT',
      says: /line 1: it gives no run id/,
    },
    {
      what: 'a file cut in a line',
      change: (text: string) => text.slice(0, -40),
      code: 'LOG_CORRUPT',
      says: /line 27 is no whole line of a run export: the file was cut off there/,
    },
    {
      what: 'a file cut between lines',
      change: (text: string) => cut(text, 2),
      code: 'LOG_CORRUPT',
      says: /line 27 is not there: the file was cut off/,
    },
    {
      what: 'lines after the end',
      change: (text: string) => text + text,
      code: 'LOG_CORRUPT',
      says: /line 28 stands after the end/,
    },
    {
      what: 'an edited text',
      change: (text: string) => text.replace('Read the files.', 'Read the filez.'),
      code: 'LOG_CORRUPT',
      says: /line 4: the text under \w+ was changed/,
    },
    {
      what: 'an edited event',
      change: (text: string) => text.replace('"costUsd":0.25', '"costUsd":0.24'),
      code: 'LOG_CORRUPT',
      says: /event 4 at scan\/m1: the event does not fit its hash/,
    },
    {
      what: 'a lost text',
      change: (text: string) =>
        text
          .split('\n')
          .filter((line) => !line.includes('Reads a file'))
          .join('\n'),
      code: 'LOG_CORRUPT',
      says: /event 3 at scan\/m1: the text under \w+ is not in the file/,
    },
    {
      what: 'a lost event',
      change: (text: string) =>
        text
          .split('\n')
          .filter((line) => !line.includes('answer-checked'))
          .join('\n'),
      code: 'LOG_CORRUPT',
      says: /line 26: 13 events announced, 12 found/,
    },
    {
      what: 'another root',
      change: (text: string) => text.replace(/"root":"../, '"root":"zz'),
      code: 'LOG_CORRUPT',
      says: /another root/,
    },
    {
      what: 'a number beyond all numbers',
      change: (text: string) => text.replace('"durationMs":12.5', '"durationMs":1e999'),
      code: 'LOG_CORRUPT',
      says: /event 4/,
    },
    {
      what: 'a redaction with a marker of another kind',
      change: (text: string) =>
        text.replace(/"text":"\{\\"role\\":\\"user[^\n]*/, '"redacted":{"salt":"zz"}}'),
      code: 'LOG_CORRUPT',
      says: /line 4 is not a line/,
    },
  ])('$what', async ({ change, code, says }) => {
    const log = tempLog();
    const file = fileWith(change(await exportOfSample()));
    expect(() => importRun(log, file)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(says) }),
    );
    expect(listRuns(log)).toEqual([]);
    expect(log.database.prepare('SELECT count(*) FROM blobs').pluck().get()).toBe(0);
  });

  test('a file that is not there, a folder, a file without permission', async () => {
    const log = tempLog();
    const folder = tempFolder();
    expect(() => importRun(log, join(folder, 'none.jsonl'))).toThrow(
      expect.objectContaining({ code: 'FILE_NOT_FOUND' }),
    );
    mkdirSync(join(folder, 'sub.jsonl'));
    expect(() => importRun(log, join(folder, 'sub.jsonl'))).toThrow(
      expect.objectContaining({ code: 'FILE_UNREADABLE' }),
    );
    const closed = fileWith('x');
    chmodSync(closed, 0);
    if (process.getuid?.() !== 0)
      expect(() => importRun(log, closed)).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });

  test.each([
    { what: 'in a text', secret: 'Read the files.', line: 4 },
    { what: 'in an event', secret: 'openai:gpt-6-sol', line: 3 },
  ])('a configured secret $what', async ({ secret, line }) => {
    const log = tempLog();
    const { scrub } = createScrubber(new Map([['DESK_KEY', secret]]));
    const file = fileWith(await exportOfSample());
    expect(() => importRun(log, file, { scrub })).toThrow(
      expect.objectContaining({
        code: 'SECRET_FOUND',
        message: expect.stringMatching(new RegExp(`line ${line} holds the value of DESK_KEY`)),
      }),
    );
    expect(listRuns(log)).toEqual([]);
  });

  test('a full disk', async () => {
    const log = tempLog();
    const file = fileWith(await exportOfSample({ turns: 400 }));
    const pages = log.database.pragma('page_count', { simple: true });
    log.database.pragma(`max_page_count = ${Number(pages) + 2}`);
    expect(() => importRun(log, file)).toThrow(
      expect.objectContaining({ code: 'LOG_UNWRITABLE', message: expect.stringMatching(/full/) }),
    );
    expect(listRuns(log)).toEqual([]);
    expect(verifyLog(log)).toMatchObject({ ok: true });
  });
});

test('a log of version 1 takes an import: it is brought up to date first', async () => {
  const { migrations } = await import('../../../src/audit/sqlite/migrations/index.ts');
  const { migrate } = await import('../../../src/audit/sqlite/migrate.ts');
  const { default: Database } = await import('better-sqlite3');
  const file = join(tempFolder(), 'audit.db');
  const old = new Database(file);
  migrate(old, migrations.slice(0, 1));
  old.close();
  const log = tempLog({ file });
  importRun(log, fileWith(await exportOfSample()));
  expect(verifyLog(log)).toMatchObject({ ok: true, runs: [{ runId: 'one' }] });
});

test('the recordings of the project import, verify and export again with the same root', () => {
  const log = tempLog();
  for (const name of execFileSync('ls', ['recordings'], { encoding: 'utf8' })
    .split('\n')
    .filter((each) => each.endsWith('.jsonl'))) {
    const { runId, root } = importRun(log, join('recordings', name));
    const again = exported(log, runId);
    expect(again.length).toBe(readFileSync(join('recordings', name), 'utf8').length);
    expect(JSON.parse(again.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ root });
  }
  expect(verifyLog(log)).toMatchObject({ ok: true });
});
