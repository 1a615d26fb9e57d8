import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOrder } from '../../../src/servers/lake/storage/in-order.ts';

/** What happened, in its order. */
function observer(turns: (item: number) => number, failing: readonly number[] = []) {
  const busy = new Map<string, number>();
  const seen = { mostAtOnce: 0, begun: [] as number[], ended: [] as number[] };
  const work = async (item: number, worker: string): Promise<number> => {
    seen.begun.push(item);
    // A worker is a connection: it does one thing at a time.
    if (busy.has(worker)) throw new Error(`${worker} has ${busy.get(worker)} and was given ${item}.`);
    busy.set(worker, item);
    seen.mostAtOnce = Math.max(seen.mostAtOnce, busy.size);
    for (let turn = 0; turn < turns(item); turn += 1) await setImmediate();
    busy.delete(worker);
    seen.ended.push(item);
    if (failing.includes(item)) throw new Error(`no ${item}`);
    return item * 10;
  };
  return { work, seen };
}

async function* upTo(count: number, ended: { value: boolean } = { value: false }): AsyncGenerator<number> {
  try {
    for (let item = 0; item < count; item += 1) {
      await setImmediate();
      yield item;
    }
  } finally {
    ended.value = true;
  }
}

test('property: results come in the order of the items, whoever is slow; nobody has two of them at once', async () => {
  const slowness = fc.array(fc.nat(6), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(slowness, fc.integer({ min: 1, max: 4 }), async (turns, count) => {
      const seen = observer((item) => turns[item] ?? 0);
      const workers = ['w0', ...Array.from({ length: count - 1 }, (_, index) => `w${index + 1}`)] as const;
      const results: number[] = [];
      for await (const result of inOrder(upTo(turns.length), { workers: workers as [string], ...seen }))
        results.push(result);
      expect(results).toEqual(turns.map((_, item) => item * 10));
    }),
    { numRuns: 60 },
  );
});

test('two workers work at once', async () => {
  const seen = observer(() => 5);
  for await (const _ of inOrder(upTo(6), { workers: ['a', 'b'], ...seen })) await setImmediate();
  expect(seen.seen.mostAtOnce).toBe(2);
});

test('the failure of one ends it in its turn: what came before is given, what was begun ends', async () => {
  // The second is slow and fails; the third is done long before.
  const seen = observer((item) => (item === 1 ? 10 : 1), [1]);
  const ended = { value: false };
  const results: number[] = [];
  const reading = (async () => {
    const given = inOrder(upTo(9, ended), { workers: ['a', 'b', 'c'], ...seen });
    for await (const result of given) results.push(result);
  })();
  await expect(reading).rejects.toThrow('no 1');
  expect(results).toEqual([0]);
  expect([...seen.seen.ended].sort()).toEqual([...seen.seen.begun].sort());
  expect(seen.seen.begun.length).toBeGreaterThan(2);
  expect(ended.value).toBe(true);
});

test('a failure that nobody awaits yet is no unhandled rejection, nor one behind another', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  const seen = observer((item) => (item === 0 ? 10 : 0), [1, 2]);
  const reading = (async () => {
    for await (const _ of inOrder(upTo(5), { workers: ['a', 'b', 'c'], ...seen })) await setImmediate();
  })();
  await expect(reading).rejects.toThrow('no 1');
  await setImmediate();
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

test('whoever takes no more gets back only when all has ended', async () => {
  const seen = observer(() => 8);
  const ended = { value: false };
  for await (const result of inOrder(upTo(9, ended), { workers: ['a', 'b', 'c'], ...seen })) {
    if (result === 10) break;
  }
  expect(seen.seen.ended).toEqual(seen.seen.begun);
  expect(seen.seen.begun.length).toBeGreaterThan(2);
  expect(ended.value).toBe(true);
});

test('a stream that breaks is told when what was begun has ended', async () => {
  const seen = observer(() => 4);
  async function* broken(): AsyncGenerator<number> {
    yield* [0, 1];
    throw new Error('the stream broke');
  }
  const reading = (async () => {
    for await (const _ of inOrder(broken(), { workers: ['a', 'b', 'c'], ...seen })) await setImmediate();
  })();
  await expect(reading).rejects.toThrow('the stream broke');
  expect(seen.seen.ended).toEqual([0, 1]);
});
