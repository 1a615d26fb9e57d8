import { afterEach, expect, test } from 'vitest';
import { type Desk, type Models, openDesk, sorter } from './support/desk.ts';

const desks: Desk[] = [];
afterEach(() => {
  for (const desk of desks.splice(0)) desk.remove();
});

async function desk(models: Models, files: Record<string, string> = {}): Promise<Desk> {
  const opened = await openDesk(models, files);
  desks.push(opened);
  return opened;
}

const good = sorter({ look: 'fruit', json: () => ({ kind: 'fruit', count: 3 }) });

const times = async (count: number, work: (index: number) => Promise<unknown>): Promise<void> => {
  for (let index = 0; index < count; index++) await work(index);
};

test('a candidate that does the same in ten runs is safe, asks only the step, and calls no tool', async () => {
  const table = await desk({ old: good, new: good });
  await times(10, (index) => table.run({ text: `fruit${index}` }));
  const called = table.toolCalls.length;
  const report = await table.swap();
  expect(report.verdict).toBe('safe');
  expect(report.rules.map(({ result }) => result)).toEqual(Array(6).fill('holds'));
  expect(report.runs).toHaveLength(10);
  expect(table.toolCalls).toHaveLength(called);
  const [first] = report.runs;
  const [started] = table.events(first?.replay ?? '', 'run-started');
  expect(started).toMatchObject({
    parentRunId: first?.original,
    origin: { kind: 'replay', live: 'models', steps: ['sort'], onMiss: 'stop' },
  });
  const ends = table.events(first?.replay ?? '', 'call-ended');
  expect(ends.map(({ position, source }) => `${position} ${source}`)).toEqual([
    'read/m1 recorded',
    'sort/m1 live',
    'sort/t1.1 recorded',
    'sort/m2 live',
  ]);
  expect(report.outcomes.now['first-try']).toBe(10);
  expect(report.trajectory).toMatchObject({ same: 10, reordered: 0, different: 0, effects: [] });
  expect(report.spent.costUsd.delta?.median).toBeLessThan(0);
});
