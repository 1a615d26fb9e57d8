import { afterEach, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { AuditEvent, RunStarted } from '../../src/domain/events.ts';
import type { Json } from '../../src/domain/json.ts';
import type { AuditReader, AuditWriter } from '../../src/ports/audit-log.ts';
import type { Scrub } from '../../src/ports/environment.ts';

export type OpenedLog = AuditWriter & AuditReader & { close(): void };

const started: RunStarted = {
  type: 'run-started',
  at: 1_795_000_000_000,
  workflowId: 'w',
  params: { deep: { list: [1, 'two', null, true] } },
  program: 'aiworkflow 0.1.0',
};
const step: AuditEvent = { type: 'step-started', at: 1_795_000_000_001, step: 'load[2]', kind: 'prompt' };
const ended: AuditEvent = { type: 'run-ended', at: 1_795_000_000_009, status: 'ok' };
// sha256 of "hello", as any other program computes it
const helloHash = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

const canonical = (events: Iterable<AuditEvent>): string[] =>
  [...events].map((event) => canonicalJson(event as unknown as Json));

/** What every audit log must do, whatever keeps it. `open` makes an empty one. */
export function auditLogContract(name: string, open: (options: { scrub?: Scrub }) => OpenedLog): void {
  describe(`${name}: the audit log's contract`, () => {
    const opened: OpenedLog[] = [];
    const openLog = (options: { scrub?: Scrub } = {}): OpenedLog => {
      const log = open(options);
      opened.push(log);
      return log;
    };
    afterEach(() => {
      for (const log of opened.splice(0)) log.close();
    });

    test('a text is found under the SHA-256 of its UTF-8 bytes', async () => {
      const log = openLog();
      expect(log.store('hello')).toBe(helloHash);
      await log.commit();
      expect(log.load(helloHash)).toBe('hello');
    });

    test.each(['', 'ü€𝄞 \u0000 \u2028', 'x'.repeat(100_000), '{"a":1}'])(
      'text %# comes back',
      async (text) => {
        const log = openLog();
        const hash = log.store(text);
        expect(log.load(hash)).toBe(text);
        await log.commit();
        expect(log.load(hash)).toBe(text);
      },
    );

    test.each(['0'.repeat(64), 'no hash', ''])('there is no text under %j', (hash) => {
      expect(openLog().load(hash)).toBeUndefined();
    });

    test('equal texts have one hash', async () => {
      const log = openLog();
      const first = log.store('same');
      await log.commit();
      expect(log.store('same')).toBe(first);
    });

    test('events come back in order, equal to what was appended, run by run', async () => {
      const log = openLog();
      log.append('one', started);
      log.append('two', started);
      log.append('one', step);
      log.append('two', ended);
      log.append('one', ended);
      await log.commit();
      expect(canonical(log.events('one'))).toEqual(canonical([started, step, ended]));
      expect(canonical(log.events('two'))).toEqual(canonical([started, ended]));
    });

    test('events can be read twice, and while more are written', async () => {
      const log = openLog();
      log.append('one', started);
      const events = log.events('one');
      const seen: string[] = [];
      for (const event of events) {
        seen.push(event.type);
        log.append('two', started);
        await log.commit();
      }
      expect(seen).toEqual(['run-started']);
      expect([...events]).toHaveLength(1);
    });

    test('an unknown run has no events', () => {
      expect([...openLog().events('nobody')]).toEqual([]);
    });

    test('commit with nothing queued resolves', async () => {
      await expect(openLog().commit()).resolves.toBeUndefined();
    });

    test.each([
      { what: 'a first event that is not run-started', before: [], event: step },
      { what: 'a second run-started', before: [started], event: started },
      { what: 'an event after run-ended', before: [started, ended], event: step },
      { what: 'a number that JSON does not have', before: [started], event: { ...step, at: Number.NaN } },
    ])('refuses $what, and the run stays as it was', async ({ before, event }) => {
      const log = openLog();
      for (const each of before) log.append('one', each);
      expect(() => log.append('one', event)).toThrow();
      await log.commit();
      expect(() => log.append('one', event)).toThrow();
      expect(canonical(log.events('one'))).toEqual(canonical(before));
    });

    test('secrets are blanked in texts and events before they are hashed', async () => {
      const log = openLog({ scrub: (text) => text.replaceAll('s3cr3t-x', '[secret]') });
      const hash = log.store('key=s3cr3t-x');
      log.append('one', { ...started, params: { 's3cr3t-x': ['s3cr3t-x'], plain: 'p' } });
      await log.commit();
      expect(log.load(hash)).toBe('key=[secret]');
      expect(log.store('key=[secret]')).toBe(hash);
      expect([...log.events('one')]).toMatchObject([{ params: { '[secret]': ['[secret]'], plain: 'p' } }]);
    });

    test('nothing is written after close', async () => {
      const log = openLog();
      log.close();
      const refusal = expect.objectContaining({ code: 'LOG_UNWRITABLE' });
      expect(() => log.store('late')).toThrow(refusal);
      expect(() => log.append('late', started)).toThrow(refusal);
      await expect(log.commit()).rejects.toEqual(refusal);
      expect(() => log.close()).not.toThrow();
    });
  });
}
