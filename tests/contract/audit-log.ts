import { afterEach, describe, expect, test } from 'vitest';
import type { Account, Charge } from '../../src/domain/account.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { AuditEvent, CallBegun, CallEnded, RunStarted } from '../../src/domain/events.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Usage } from '../../src/domain/usage.ts';
import type { AuditLog } from '../../src/ports/audit-log.ts';
import type { Scrub } from '../../src/ports/environment.ts';

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

const resumed: AuditEvent = { type: 'run-resumed', at: 1_795_000_000_010, program: 'aiworkflow 0.1.0' };
const resolved: AuditEvent = {
  type: 'call-resolved',
  at: 1_795_000_000_011,
  position: 'load/m1',
  decision: 'retry',
  by: 'ann',
  why: 'it is read only',
};

const position = 'load[2]/m1';
const begun = (fields: Partial<CallBegun> = {}): CallBegun => ({
  type: 'call-begun',
  at: started.at + 5,
  position,
  call: 'model',
  name: 'openai:x',
  fingerprint: helloHash,
  request: helloHash,
  ...fields,
});
const finished = (fields: Partial<CallEnded> = {}): CallEnded => ({
  type: 'call-ended',
  at: started.at + 6,
  position,
  status: 'ok',
  durationMs: 1,
  source: 'live',
  ...fields,
});
const tokens = (inputTokens: number, outputTokens: number): Usage => ({
  inputTokens,
  outputTokens,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
});

const account = (fields: Partial<Account> = {}): Account => ({
  key: 'purse',
  counts: { runId: 'one' },
  ...fields,
});
const charge = (usd: number | null, tokenCount: number, ...accounts: readonly Account[]): Charge => ({
  accounts,
  usd,
  tokens: tokenCount,
});
/** What an account holds: the refusal of a charge that nothing can bear. */
async function usedIn(log: AuditLog, asked: Account): Promise<readonly number[] | undefined> {
  const broke = { ...asked, usd: -1 };
  const refusal = await log.appendCharged('one', begun({ position: 'ask/m1' }), charge(0, 0, broke));
  return refusal && [refusal.usedUsd, refusal.usedTokens];
}

const canonical = (events: Iterable<AuditEvent>): string[] =>
  [...events].map((event) => canonicalJson(event as unknown as Json));

/** What every audit log must do, whatever keeps it. `open` makes an empty one. */
export function auditLogContract(name: string, open: (options: { scrub?: Scrub }) => AuditLog): void {
  describe(`${name}: the audit log's contract`, () => {
    const opened: AuditLog[] = [];
    const openLog = (options: { scrub?: Scrub } = {}): AuditLog => {
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
      { what: 'an end after run-ended', before: [started, ended], event: ended },
      { what: 'an event after a decision after run-ended', before: [started, ended, resolved], event: step },
      { what: 'a number that JSON does not have', before: [started], event: { ...step, at: Number.NaN } },
    ])('refuses $what, and the run stays as it was', async ({ before, event }) => {
      const log = openLog();
      for (const each of before) log.append('one', each);
      expect(() => log.append('one', event)).toThrow();
      await log.commit();
      expect(() => log.append('one', event)).toThrow();
      expect(canonical(log.events('one'))).toEqual(canonical(before));
    });

    test('a run goes on after its end once it is resumed, and may be decided about before', async () => {
      const log = openLog();
      const story = [started, step, ended, resolved, resumed, step, ended, resolved];
      for (const event of story) log.append('one', event);
      await log.commit();
      expect(canonical(log.events('one'))).toEqual(canonical(story));
      expect(() => log.append('one', step)).toThrow();
    });

    describe('leases', () => {
      const held = expect.objectContaining({ code: 'RUN_HELD' });

      test('a run is held from its start to its end, and again from resume to end', async () => {
        const log = openLog();
        expect(log.isHeld('one')).toBe(false);
        for (const [event, isHeld] of [
          [started, true],
          [step, true],
          [ended, false],
          [resolved, false],
          [resumed, true],
          [ended, false],
        ] as const) {
          log.append('one', event);
          expect(log.isHeld('one'), event.type).toBe(isHeld);
          await log.commit();
          expect(log.isHeld('one'), `${event.type}, committed`).toBe(isHeld);
        }
      });

      test('a claimed run is held until it is released, resumed and ended, or the log is closed', async () => {
        const log = openLog();
        log.append('one', started);
        log.append('one', ended);
        log.claim('one');
        expect(log.isHeld('one')).toBe(true);
        expect(() => log.claim('one')).toThrow(held);
        log.release('one');
        expect(log.isHeld('one')).toBe(false);
        log.claim('one');
        log.append('one', resumed);
        log.append('one', ended);
        expect(log.isHeld('one')).toBe(false);
        log.claim('one');
        log.append('one', resolved);
        log.release('one');
        expect(canonical(log.events('one'))).toEqual(canonical([started, ended, resumed, ended, resolved]));
      });

      test('a run that is worked on can be neither claimed nor resumed', () => {
        const log = openLog();
        log.append('one', started);
        expect(() => log.claim('one')).toThrow(held);
        expect(() => log.append('one', resumed)).toThrow(held);
        expect(canonical(log.events('one'))).toEqual(canonical([started]));
        log.release('one');
        log.append('one', resumed);
        expect(log.isHeld('one')).toBe(true);
      });

      test('what is not there cannot be claimed, and releasing it harms nothing', () => {
        const log = openLog();
        expect(() => log.claim('nobody')).toThrow(expect.objectContaining({ code: 'RUN_UNKNOWN' }));
        expect(() => log.release('nobody')).not.toThrow();
        log.close();
        expect(() => log.release('nobody')).not.toThrow();
        expect(() => log.claim('nobody')).toThrow(expect.objectContaining({ code: 'LOG_UNWRITABLE' }));
      });
    });

    describe('accounts', () => {
      const begunLog = (): AuditLog => {
        const log = openLog();
        log.append('one', started);
        return log;
      };

      test('a call that fits is written, and one that does not is not: the others go on', async () => {
        const log = begunLog();
        const small = account({ usd: 0.3, tokens: 100 });
        const calls = [0.1, 0.2, 0.05, 0].map((usd, index) =>
          log.appendCharged('one', begun({ position: `load/m${index}` }), charge(usd, 10, small)),
        );
        log.append('one', step);
        expect(await Promise.all(calls)).toEqual([
          undefined,
          undefined,
          { account: small, usedUsd: expect.closeTo(0.3, 12), usedTokens: 20 },
          undefined,
        ]);
        expect(
          [...log.events('one')].map((event) => ('position' in event ? event.position : event.type)),
        ).toEqual(['run-started', 'load/m0', 'load/m1', 'load/m3', 'step-started']);
        expect(await usedIn(log, small)).toEqual([expect.closeTo(0.3, 12), 30]);
      });

      test.each([
        { what: 'dollars', limits: { usd: 1 }, usd: 1.001, tokenCount: 0 },
        { what: 'tokens', limits: { tokens: 99 }, usd: 0, tokenCount: 100 },
        {
          what: 'tokens when the price is unknown',
          limits: { usd: 1, tokens: 99 },
          usd: null,
          tokenCount: 100,
        },
      ])('$what are limited', async ({ limits, usd, tokenCount }) => {
        const log = begunLog();
        const limited = account(limits);
        const refusal = await log.appendCharged('one', begun(), charge(usd, tokenCount, limited));
        expect(refusal).toEqual({ account: limited, usedUsd: 0, usedTokens: 0 });
        expect(canonical(log.events('one'))).toEqual(canonical([started]));
      });

      test('all of several accounts, or none of them', async () => {
        const log = begunLog();
        const wide = account({ key: 'wide', usd: 10 });
        const narrow = account({ key: 'narrow', usd: 1 });
        expect(await log.appendCharged('one', begun(), charge(2, 5, wide, narrow))).toMatchObject({
          account: narrow,
        });
        expect(await usedIn(log, wide)).toEqual([0, 0]);
        expect(await log.appendCharged('one', begun(), charge(1, 5, wide, narrow))).toBeUndefined();
        expect(await usedIn(log, wide)).toEqual([1, 5]);
        expect(await usedIn(log, narrow)).toEqual([1, 5]);
      });

      test('the end gives back what was not used; what never ends keeps its reservation', async () => {
        const log = begunLog();
        const purse = account({ usd: 1 });
        await log.appendCharged('one', begun(), charge(1, 100, purse));
        log.append('one', finished(), { accounts: ['purse', 'unheard of'], usd: -0.75, tokens: -60 });
        expect(await usedIn(log, purse)).toEqual([0.25, 40]);
        await log.appendCharged('one', begun({ position: 'load/m2' }), charge(0.5, 10, purse));
        expect(await usedIn(log, purse)).toEqual([0.75, 50]);
      });

      const reserved = { accounts: ['other'], usd: 0.5, tokens: 70 };
      test.each([
        {
          what: 'an end',
          begin: begun({ reserved }),
          end: finished({ usage: tokens(10, 5), costUsd: 0.25 }),
          used: [0.25, 15],
        },
        { what: 'no end', begin: begun({ reserved }), end: undefined, used: [0.5, 70] },
        { what: 'no end and no reservation', begin: begun(), end: undefined, used: [0, 0] },
        {
          what: 'no end and no price',
          begin: begun({ reserved: { ...reserved, usd: null } }),
          end: undefined,
          used: [0, 70],
        },
        {
          what: 'an end of unknown cost',
          begin: begun(),
          end: finished({ usage: tokens(10, 5), costUsd: null }),
          used: [0, 15],
        },
        {
          what: 'an end of unknown cost, reserved',
          begin: begun({ reserved }),
          end: finished({ costUsd: null }),
          used: [0.5, 70],
        },
        {
          what: 'an end from a recording',
          begin: begun({ reserved }),
          end: finished({ source: 'recorded', usage: tokens(1, 1), costUsd: 9 }),
          used: [0, 0],
        },
        {
          what: 'an edited end',
          begin: begun({ reserved }),
          end: finished({ source: 'edited', usage: tokens(1, 1) }),
          used: [0, 0],
        },
        { what: 'a refusal', begin: begun({ reserved }), end: finished({ status: 'error' }), used: [0, 0] },
        {
          what: 'a refusal that says so',
          begin: begun({ reserved }),
          end: finished({ status: 'error', costUsd: 0 }),
          used: [0, 0],
        },
        {
          what: 'a failure in the middle',
          begin: begun({ reserved }),
          end: finished({ status: 'error', costUsd: null }),
          used: [0.5, 70],
        },
        {
          what: 'a failure that was paid',
          begin: begun({ reserved }),
          end: finished({ status: 'error', usage: tokens(3, 4), costUsd: 0.125 }),
          used: [0.125, 7],
        },
      ])('an account is opened with what the log holds: a call with $what', async ({ begin, end, used }) => {
        const log = begunLog();
        log.append('one', begin);
        if (end) log.append('one', end);
        expect(await usedIn(log, account())).toEqual(used);
      });

      const at = started.at;
      test.each([
        { counts: {}, used: 1 + 2 + 4 + 8 + 16 },
        { counts: { runId: 'one' }, used: 1 + 2 + 4 + 8 },
        { counts: { runId: 'nobody' }, used: 0 },
        { counts: { workflowId: 'w2' }, used: 16 },
        { counts: { workflowId: 'w2', runId: 'one' }, used: 0 },
        { counts: { step: 'load' }, used: 1 + 2 + 4 + 16 },
        { counts: { step: 'load[2]' }, used: 2 },
        { counts: { step: 'load/check' }, used: 4 },
        { counts: { step: 'lo' }, used: 0 },
        { counts: { runId: 'one', step: 'load' }, used: 1 + 2 + 4 },
        { counts: { fromMs: at + 20 }, used: 2 + 4 + 8 + 16 },
        { counts: { toMs: at + 20 }, used: 1 },
        { counts: { fromMs: at + 20, toMs: at + 40 }, used: 2 + 4 },
        { counts: { workflowId: 'w', step: 'load', fromMs: at + 20, toMs: at + 40 }, used: 2 + 4 },
      ])('an account counts $counts', async ({ counts, used }) => {
        const log = begunLog();
        log.append('two', { ...started, workflowId: 'w2' });
        for (const [runId, place, atMs, costUsd] of [
          ['one', 'load/m1', at + 10, 1],
          ['one', 'load[2]/m1', at + 20, 2],
          ['one', 'load/check~2/m1', at + 30, 4],
          ['one', 'loader/m1', at + 40, 8],
          ['two', 'load!2/m1', at + 50, 16],
        ] as const) {
          log.append(runId, begun({ position: place, at: atMs }));
          log.append(runId, finished({ position: place, at: atMs + 25, costUsd }));
        }
        expect(await usedIn(log, account({ counts }))).toEqual([used, 0]);
      });

      test.each([Number.NaN, Number.POSITIVE_INFINITY])(
        'an amount of %f is refused, and the log goes on',
        async (usd) => {
          const log = begunLog();
          await expect(log.appendCharged('one', begun(), charge(usd, 1, account()))).rejects.toThrow(
            RangeError,
          );
          await log.appendCharged('one', begun(), charge(1, 1, account()));
          expect(() => log.append('one', finished(), { accounts: ['purse'], usd: 0, tokens: usd })).toThrow(
            RangeError,
          );
          log.append('one', finished());
          await log.commit();
          expect(await usedIn(log, account())).toEqual([1, 1]);
        },
      );

      test('a charged call obeys the order of the story', async () => {
        const log = openLog();
        await expect(log.appendCharged('one', begun(), charge(1, 1, account()))).rejects.toThrow();
        log.append('one', started);
        log.append('one', ended);
        await expect(log.appendCharged('one', begun(), charge(1, 1, account()))).rejects.toThrow();
        await log.commit();
        expect(canonical(log.events('one'))).toEqual(canonical([started, ended]));
      });
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
