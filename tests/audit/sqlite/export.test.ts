import { beforeEach, describe, expect, test } from 'vitest';
import { exportRun, verifyExport, verifyRun } from '../../../src/audit/sqlite/index.ts';
import { parseRunExport } from '../../../src/domain/run-export.ts';
import { appendRun } from '../support/sample-run.ts';
import { tempLog } from '../support/temp-log.ts';

let log: ReturnType<typeof tempLog>;
let text: string;

beforeEach(async () => {
  log = tempLog();
  appendRun(log, 'one');
  appendRun(log, 'two', { open: true });
  await log.commit();
  text = `${[...exportRun(log, 'one', { origin: 'made for a test' })].join('\n')}\n`;
});

describe('exportRun', () => {
  test('gives a file that verifies by itself, with the root of the log', () => {
    const report = verifyExport(text);
    expect(report).toMatchObject({
      ok: true,
      problems: [],
      runs: [{ runId: 'one', problems: [], inDoubt: [] }],
    });
    expect(report.runs).toEqual(verifyRun(log, 'one').runs);
  });

  test('holds the events, and every text that they and their requests name', () => {
    const exported = parseRunExport(text);
    expect(exported).toMatchObject({
      runId: 'one',
      workflowId: 'sample',
      program: 'aiworkflow 0.1.0',
      origin: 'made for a test',
    });
    expect(exported.events.map(({ event }) => event)).toEqual([...log.events('one')]);
    const kept = [...exported.blobs.values()];
    // named by the frame only
    expect(kept).toContain('{"type":"object"}');
    expect(kept).toContain('{"name":"files.read","description":"Reads a file."}');
    expect(kept.filter((each) => each.includes('"of":"two"'))).toEqual([]);
    expect(new Set(kept).size).toBe(kept.length);
  });

  test('a run that goes on is exported as far as it is', () => {
    const lines = [...exportRun(log, 'two')];
    expect(verifyExport(lines.join('\n'))).toMatchObject({ ok: true, runs: [{ runId: 'two' }] });
    expect(JSON.parse(lines[0] ?? '')).not.toHaveProperty('origin');
  });

  test('an unknown run is refused', () => {
    expect(() => [...exportRun(log, 'nobody')]).toThrow(expect.objectContaining({ code: 'RUN_UNKNOWN' }));
  });

  test.each([
    { what: 'an event', sql: "UPDATE events SET at = at + 1 WHERE type = 'step-started'" },
    { what: 'a text', sql: "UPDATE blobs SET body = x'00' WHERE id = 3" },
    { what: 'the last link', sql: "UPDATE events SET chain = zeroblob(32) WHERE type = 'run-ended'" },
  ])('a run of which $what was changed is refused', ({ sql }) => {
    log.database.exec('DROP TRIGGER events_are_final; DROP TRIGGER blobs_are_final');
    log.database.exec(sql);
    expect(() => [...exportRun(log, 'one')]).toThrow(expect.objectContaining({ code: 'LOG_CORRUPT' }));
  });
});

describe('verifyExport finds', () => {
  test.each([
    {
      what: 'a changed event',
      change: (file: string) => file.replace('"costUsd":0.25', '"costUsd":0.24'),
      says: /does not fit its hash/,
    },
    {
      what: 'a changed text',
      change: (file: string) => file.replace('Read the files.', 'Read the filez.'),
      says: /was changed/,
    },
    {
      what: 'a text that is missing',
      change: (file: string) => dropLine(file, 'Reads a file.'),
      says: /is not in the file/,
    },
    {
      what: 'an event that is missing',
      change: (file: string) => dropLine(file, '"type":"answer-checked"'),
      says: /13 events announced, 12 found/,
    },
    { what: 'events in another order', change: swapFirstEvents, says: /does not fit its hash/ },
    {
      what: 'another run id',
      change: (file: string) => file.replace('"runId":"one"', '"runId":"uno"'),
      says: /does not fit its hash/,
    },
    {
      what: 'another workflow',
      change: (file: string) => file.replace('"workflowId":"sample"', '"workflowId":"other"'),
      says: /another workflow/,
    },
    {
      what: 'another root',
      change: (file: string) => file.replace(/"root":"../, '"root":"zz'),
      says: /another root/,
    },
    {
      what: 'the end cut off',
      change: (file: string) => file.slice(0, -120),
      says: /^line \d+ is no whole line of a run export: the file was cut off there/,
    },
    { what: 'no export at all', change: () => 'sku,name\n', says: /not a line of a run export/ },
    { what: 'nothing', change: () => '', says: /not a line of a run export/ },
  ])('$what', ({ change, says }) => {
    const changed = change(text);
    expect(changed).not.toBe(text);
    const report = verifyExport(changed);
    expect(report.ok).toBe(false);
    const problems = [...report.problems, ...report.runs.flatMap((run) => run.problems)];
    expect(problems.map(({ what }) => what)).toContainEqual(expect.stringMatching(says));
  });
});

function dropLine(file: string, part: string): string {
  const lines = file.split('\n');
  return lines
    .toSpliced(
      lines.findIndex((line) => line.includes(part)),
      1,
    )
    .join('\n');
}

function swapFirstEvents(file: string): string {
  const lines = file.split('\n');
  const first = lines.findIndex((line) => line.startsWith('{"event"')) + 1;
  return lines.toSpliced(first, 2, lines[first + 1] ?? '', lines[first] ?? '').join('\n');
}
