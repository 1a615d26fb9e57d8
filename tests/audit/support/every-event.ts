import { hash } from 'node:crypto';
import fc from 'fast-check';
import type { AuditEvent } from '../../../src/domain/events.ts';
import type { Hash } from '../../../src/domain/hash.ts';

/** A run as the log takes it: texts first, then the events that name them. */
export interface GeneratedRun {
  readonly texts: readonly string[];
  readonly events: readonly AuditEvent[];
}

// Half a surrogate pair is a JavaScript string too, and JSON can hold it.
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('\ud800', 'a\udc00b', '\u0000', '__proto__', '', 'Grüße 漢字 🙂', '\u2028'),
);
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(1e21, 5e-324, Number.MAX_SAFE_INTEGER + 2, -0, 1.7976931348623157e308),
);
const json = fc.jsonValue({ maxDepth: 3 });
const at = fc.integer({ min: 0, max: 4e12 });
const sha = (value: string): Hash => hash('sha256', value, 'hex');

/** Every type of event, with every field that names a text, in an order that a run can have. */
export const generatedRun: fc.Arbitrary<GeneratedRun> = fc
  .record({
    texts: fc.array(text, { minLength: 4, maxLength: 10 }),
    params: fc.dictionary(text, json, { maxKeys: 3 }),
    times: fc.array(at, { minLength: 14, maxLength: 14 }),
    numbers: fc.array(number, { minLength: 6, maxLength: 6 }),
    words: fc.array(text, { minLength: 6, maxLength: 6 }),
    detail: json,
    endings: fc.constantFrom('never', 'once', 'resumed', 'decided'),
    unknown: fc.boolean(),
  })
  .map((seed) => {
    const tool = JSON.stringify({ name: 'files.read', nr: seed.words[0] });
    const frame = JSON.stringify({ model: 'a:b', settings: {}, tools: [sha(tool)], output: sha(tool) });
    const texts = [...seed.texts, tool, frame];
    return {
      texts,
      events: eventsOf({ ...seed, frame: sha(frame), names: seed.texts.map((each) => sha(each)) }),
    };
  });

interface Seed {
  readonly params: AuditEvent extends never ? never : Record<string, unknown>;
  readonly times: readonly number[];
  readonly numbers: readonly number[];
  readonly words: readonly string[];
  readonly detail: unknown;
  readonly endings: string;
  readonly unknown: boolean;
  readonly frame: Hash;
  readonly names: readonly Hash[];
}

function eventsOf(seed: Seed): AuditEvent[] {
  const { times, numbers, words, names, frame, params, detail } = seed;
  let time = 0;
  const next = () => ({ at: times[time++ % times.length] });
  const name = (index: number) => names[index % names.length];
  const error = { code: 'UNEXPECTED', message: words[1], details: detail };
  const all: unknown[] = [
    {
      ...next(),
      type: 'run-started',
      workflowId: words[2],
      program: 'p',
      params,
      definition: name(0),
      parentRunId: words[3],
      origin: { kind: 'fork', from: 'a/m1', edited: name(1) },
      seenAs: { runId: 'x', startedAt: numbers[0] },
    },
    { ...next(), type: 'step-started', step: 'a', kind: 'prompt', item: name(2) },
    {
      ...next(),
      type: 'call-begun',
      position: 'a/m1',
      call: 'model',
      name: words[4],
      fingerprint: name(0),
      request: frame,
      added: [name(3), name(0)],
      reserved: { accounts: ['b'], usd: numbers[1], tokens: 3 },
    },
    {
      ...next(),
      type: 'call-ended',
      position: 'a/m1',
      status: 'ok',
      result: name(1),
      shown: name(2),
      used: name(3),
      durationMs: numbers[2],
      costUsd: numbers[3],
      usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
      source: 'edited',
    },
    {
      ...next(),
      type: 'history-adapted',
      step: 'a',
      turn: 1,
      from: 'a:b',
      to: words[5],
      dropped: 1,
      converted: 0,
    },
    { ...next(), type: 'answer-checked', step: 'a', turn: 1, accepted: false, issues: words },
    {
      ...next(),
      type: 'call-begun',
      position: 'a/t1.1',
      call: 'tool',
      name: 't',
      fingerprint: 'f',
      request: name(1),
    },
    { ...next(), type: 'step-ended', step: 'a', status: 'failed', result: name(2), error },
  ];
  if (seed.unknown)
    all.push({ ...next(), type: 'thing-happened', picture: name(3), other: [name(2)], n: numbers[4] });
  if (seed.endings !== 'never')
    all.push({ ...next(), type: 'run-ended', status: 'failed', result: name(0), error });
  if (seed.endings === 'resumed') {
    all.push({
      ...next(),
      type: 'run-resumed',
      program: 'p',
      definition: name(1),
      models: { all: words[0] },
    });
    all.push({ ...next(), type: 'run-ended', status: 'ok' });
  }
  if (seed.endings === 'decided')
    all.push({
      ...next(),
      type: 'call-resolved',
      position: 'a/t1.1',
      decision: 'result',
      result: name(2),
      by: words[3],
      why: words[5],
    });
  return all as AuditEvent[];
}
