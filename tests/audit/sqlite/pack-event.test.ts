import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packEvent, unpackEvent } from '../../../src/audit/sqlite/pack-event.ts';
import { canonicalJson } from '../../../src/domain/canonical-json.ts';
import type { AuditEvent } from '../../../src/domain/events.ts';
import type { Json } from '../../../src/domain/json.ts';
import { tempLog } from '../support/temp-log.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 12 });
// Half a surrogate pair is a JavaScript string too, and JSON can hold it.
const brokenText = fc.constantFrom('\ud800', 'a\udc00b', '\u0000', '__proto__', '');
const text = fc.oneof(anyText, brokenText);
const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const hashLike = fc.oneof(hash, text);
const json = fc.jsonValue({ maxDepth: 3 });
const count = fc.oneof({ weight: 4, arbitrary: fc.nat() }, number);
const usage = fc.record(
  {
    inputTokens: count,
    outputTokens: count,
    cacheReadTokens: count,
    cacheWriteTokens: count,
    reasoningTokens: count,
    oneMore: count,
  },
  { requiredKeys: ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens'] },
);

/** Events with every field that has a column, each sometimes missing and sometimes of another shape. */
const anyEvent = fc
  .tuple(
    fc.record(
      {
        position: fc.oneof(text, json),
        step: fc.oneof(text, json),
        fingerprint: fc.oneof(hashLike, json),
        request: fc.oneof(hashLike, json),
        result: fc.oneof(hashLike, json),
        added: fc.oneof(fc.array(hashLike, { maxLength: 3 }), json),
        usage: fc.oneof(usage, json),
        status: fc.oneof(text, json),
        source: fc.oneof(text, json),
        durationMs: fc.oneof(number, json),
        costUsd: fc.oneof(number, fc.constant(null)),
        call: text,
      },
      { requiredKeys: [] },
    ),
    fc.dictionary(text, json, { maxKeys: 3 }),
    fc.constantFrom('step-started', 'call-begun', 'call-ended', 'answer-checked', 'step-ended'),
    number,
  )
  .map(([fields, others, type, at]) => ({ ...others, ...fields, type, at }) as unknown as AuditEvent);

const canonical = (event: AuditEvent): string => canonicalJson(event as unknown as Json);

describe('an event and its columns', () => {
  test.each([true, false])('unpacking gives the packed event (texts stored: %s)', (stored) => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const packed = packEvent(event, () => stored);
        expect(packed.canonical).toBe(canonical(event));
        expect(canonical(unpackEvent(packed.columns))).toBe(packed.canonical);
      }),
      { numRuns: 500 },
    );
  });

  test('what is read from the file is what was appended', async () => {
    const log = tempLog();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyEvent, { maxLength: 4 }),
        fc.array(text, { maxLength: 3 }),
        async (events, texts) => {
          const runId = `run-${run++}`;
          const started = { type: 'run-started', at: 1, workflowId: 'w', params: {}, program: 'p' } as const;
          const added = texts.map((each) => log.store(each));
          const all = [started, ...events.map((event) => ({ ...event, ...(added.length > 0 && { added }) }))];
          for (const event of all) log.append(runId, event as AuditEvent);
          await log.commit();
          expect([...log.events(runId)].map(canonical)).toEqual(
            all.map((event) => canonical(event as AuditEvent)),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  test('hashes, usage and places are columns, not JSON', () => {
    const event: AuditEvent = {
      type: 'call-ended',
      at: 5,
      position: 'scan/m1',
      status: 'ok',
      result: 'a'.repeat(64),
      durationMs: 1.5,
      usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4, reasoningTokens: 5 },
      source: 'live',
    };
    expect(packEvent(event, () => true).columns).toMatchObject({
      rest: '{}',
      usage: '[1,2,3,4,5]',
      position: 'scan/m1',
    });
  });
});
