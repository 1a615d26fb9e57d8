import { describe, expect, test } from 'vitest';
import type { LoadedWorkflow } from '../../src/domain/loaded-workflow.ts';
import { findForkPoint, lastCallOf } from '../../src/engine/journal/fork-point.ts';
import { keptBefore } from '../../src/engine/journal/kept-before.ts';
import { pastOf } from '../../src/engine/journal/past.ts';
import { callStep, innerStep, promptStep, workflowOf } from './workflow-harness.ts';

/** A run that made these calls in this order, step by step. */
function pastWith(positions: readonly string[]) {
  const inner = positions.map((position) => position.slice(0, position.lastIndexOf('/')));
  const steps = new Set(inner.flatMap((step) => [step.replace(/\W.*/, ''), step]));
  return pastOf(
    'run-1',
    [
      { type: 'run-started', at: 1, workflowId: 'test', params: {}, program: 'test' },
      ...[...steps].map((step) => ({ type: 'step-started', at: 1, step, kind: 'prompt' }) as const),
      ...positions.map(
        (position) =>
          ({
            type: 'call-begun',
            at: 1,
            position,
            call: /\/m\d+/.test(position) ? 'model' : 'tool',
            name: 'x',
            fingerprint: 'f',
            request: 'r',
          }) as const,
      ),
    ],
    () => '',
  );
}

const positions = [
  'a/m1', 'a/t1.1', 'a/t1.2', 'a/m2', 'a/m2!2',
  'b[0]/m1', 'b[1]/m1', 'b[1]!2/m1', 'b[1]!2/m2', 'b[2]/m1',
  'c~1/m1', 'c~1!2/m1', 'c~2/m1', 'c~3/m1',
  'side/call',
  'in/x/m1', 'in/y[0]/m1', 'in/y[1]/m1', 'in/z/m1',
  'end/m1',
]; // biome-ignore format: one line per step

const workflow: LoadedWorkflow = workflowOf([
  promptStep('a', 'x'),
  promptStep('b', 'x', { needs: ['a'] }),
  promptStep('c', 'x', { needs: ['b'] }),
  callStep('side', 'send', {}),
  innerStep(
    'in',
    workflowOf([promptStep('x', 'x'), promptStep('y', 'x', { needs: ['x'] }), promptStep('z', 'x')]),
    {},
    { needs: ['a'] },
  ),
  promptStep('end', 'x', { needs: ['c', 'in'] }),
]);

const all = (...starts: string[]) => positions.filter((one) => starts.some((start) => one.startsWith(start)));
const allBut = (...starts: string[]) =>
  positions.filter((one) => !starts.some((start) => one.startsWith(start)));

describe('a fork keeps', () => {
  test.each<[string, readonly string[]]>([
    ['a', all('side')],
    ['a/m1', all('side')],
    ['a/t1.1', [...all('a/m1', 'a/t1.2'), 'side/call']],
    ['a/t1.2', [...all('a/m1', 'a/t1.1'), 'side/call']],
    ['a/m2', [...all('a/m1', 'a/t'), 'side/call']],
    ['a/m2!2', [...all('a/m1', 'a/t'), 'a/m2', 'side/call']],
    ['b', all('a', 'side', 'in')],
    ['b[1]', [...all('a'), 'b[0]/m1', 'b[2]/m1', ...all('side', 'in')]],
    ['b[1]!2', [...all('a'), 'b[0]/m1', 'b[1]/m1', 'b[2]/m1', ...all('side', 'in')]],
    ['b[1]!2/m2', [...all('a'), 'b[0]/m1', 'b[1]/m1', 'b[1]!2/m1', 'b[2]/m1', ...all('side', 'in')]],
    ['c~2', allBut('c~2', 'c~3', 'end')],
    ['c~3/m1', allBut('c~3', 'end')],
    ['side', allBut('side')],
    ['side/call', allBut('side')],
    ['in/x', allBut('in/x', 'in/y', 'end')],
    ['in/y[1]', allBut('in/y[1]', 'end')],
    ['in/z/m1', allBut('in/z', 'end')],
    ['end', allBut('end')],
    ['5', [...all('a/m1', 'a/t'), 'a/m2', 'side/call']],
  ])('before %s what it does not follow from', (from, kept) => {
    const past = pastWith(positions);
    const keeps = keptBefore(past, findForkPoint(past, from), workflow);
    expect(positions.filter(keeps).toSorted()).toEqual([...kept].toSorted());
  });

  test('of a program what had begun before: nobody knows what follows from what', () => {
    const past = pastWith(positions);
    const kept = (from: string) => positions.filter(keptBefore(past, findForkPoint(past, from), undefined));
    expect(kept('c~2')).toEqual(positions.slice(0, positions.indexOf('c~2/m1')));
    expect(kept('b[1]!2/m2')).toEqual(positions.slice(0, positions.indexOf('b[1]!2/m2')));
  });
});

describe('a fork point', () => {
  const past = pastWith(positions);
  test.each([
    ['b[1]', { step: 'b[1]' }],
    ['b[1]!2/m2', { step: 'b[1]!2', call: 'b[1]!2/m2' }],
    ['1', { step: 'a', call: 'a/m1' }],
    ['20', { step: 'end', call: 'end/m1' }],
  ])('%s', (text, point) => {
    expect(findForkPoint(past, text)).toEqual(point);
  });

  test.each(['0', '21', 'b[3]', 'A', 'a/m9', '', '-1', '1.5'])('"%s" is none', (text) => {
    expect(() => findForkPoint(past, text)).toThrow(
      expect.objectContaining({ code: 'FORK_POINT_UNKNOWN', hint: expect.stringContaining('Steps: a, ') }),
    );
  });

  test('a step comes to what its last call answered', () => {
    expect([lastCallOf(past, 'a'), lastCallOf(past, 'in/x'), lastCallOf(past, 'none')]).toEqual([
      'a/m2!2',
      'in/x/m1',
      undefined,
    ]);
  });
});

test('a workflow of wide layers is looked through once, not along each of its ways', () => {
  const name = (layer: number, place: number) => `s${layer}_${place}`;
  const places = [0, 1, 2, 3];
  const steps = Array.from({ length: 20 }, (_, layer) =>
    places.map((place) =>
      promptStep(name(layer, place), 'x', {
        needs: layer === 0 ? [] : places.map((each) => name(layer - 1, each)),
      }),
    ),
  ).flat();
  const wide = workflowOf([...steps, promptStep('apart', 'x')]);
  // There are 4^19 ways: the test ends only when they are not walked one by one.
  const keeps = keptBefore(pastWith(['apart/m1', 's19_0/m1']), { step: 'apart' }, wide);
  expect([keeps('s19_0/m1'), keeps('apart/m1')]).toEqual([true, false]);
});
