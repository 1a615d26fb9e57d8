import { expect, test } from 'vitest';
import { computeLimits, megabytesOf } from '../../../src/servers/lake/compute/compute-limits.ts';
import { grantCompute } from '../../../src/servers/lake/compute/grant-compute.ts';
import { planCompute, standardCompute } from '../../../src/servers/lake/compute/plan-compute.ts';

const limits = computeLimits({ memory: '4GiB', maxThreads: 8, maxFileSize: '256MiB' });

test.each([
  ['a day of 100 rows', { bytes: 18_000, rows: 100 }, { threads: 1, memory_mb: 257, file_size_mb: 128 }],
  [
    'a day of 1,000,000',
    { bytes: 178_000_000, rows: 1_000_000 },
    { threads: 2, memory_mb: 468, file_size_mb: 128 },
  ],
  ['nothing', { bytes: 0 }, { threads: 1, memory_mb: 303, file_size_mb: 128 }],
  ['a terabyte', { bytes: 2 ** 40, columns: 40 }, { threads: 8192, memory_mb: 2_277_504, file_size_mb: 512 }],
])('%s: what is proposed follows from the numbers alone', (_, work, proposed) => {
  expect(planCompute(work, { limits }).proposed).toEqual(proposed);
});

test('what is asked for is granted within the limits, and each cut names who decided', () => {
  const ask = { threads: 200, memory_mb: 16, file_size_mb: 1024 };
  const plan = planCompute({ bytes: 2 ** 40 }, { ask, limits });
  expect(plan.granted).toEqual({ threads: 8, memory_mb: 512, file_size_mb: 256 });
  expect(plan.clamped).toEqual([
    { what: 'threads', asked: 200, granted: 8, by: '--max-threads 8' },
    { what: 'memory_mb', asked: 16, granted: 512, by: 'the least that 8 threads work with' },
    { what: 'file_size_mb', asked: 1024, granted: 256, by: '--max-file-size 256MiB' },
  ]);
  expect(plan.reasoning.join('\n')).toContain('threads: 200 became 8 by --max-threads 8');
});

test('an ask for one part leaves the others as proposed, and never goes over a limit that is smaller than the floor', () => {
  const plan = planCompute({ bytes: 18_000, rows: 100 }, { ask: { threads: 3 }, limits });
  expect(plan.granted).toEqual({ threads: 3, memory_mb: 257, file_size_mb: 128 });
  const small = computeLimits({ memory: '64MiB', threads: 2 });
  expect(grantCompute({}, { standard: standardCompute(small), limits: small }).granted.memory_mb).toBe(64);
});

test('limits that nobody set do not depend on the machine', () => {
  expect(computeLimits({ memory: '1GB' })).toEqual({
    most: { threads: 4, memory_mb: 953, file_size_mb: 488 },
    by: {
      threads: '--max-threads 4 (the default)',
      memory_mb: '--memory 1GB',
      file_size_mb: '--max-file-size 512MB (the default)',
    },
  });
  expect(computeLimits({ memory: '1GB', threads: 2 }).by.threads).toBe('--threads 2');
});

test('executors are told only where a policy names a cluster: 200 workers on day one, one the next', () => {
  const cluster = { name: 'etl', cores_per_executor: 4, waves: 2, max_executors: 200 };
  expect(planCompute({ bytes: 1 }, { limits }).executors).toBeUndefined();
  expect(planCompute({ bytes: 1 }, { limits, cluster }).executors?.granted).toBe(1);
  const large = planCompute({ bytes: 300 * 2 ** 30 }, { limits, cluster });
  expect(large.executors).toEqual({ cluster: 'etl', proposed: 300, granted: 200 });
});

test.each([
  ['1GB', 953],
  ['1 GiB', 1024],
  ['512MB', 488],
  ['1.5GiB', 1536],
  ['1KB', 1],
])('%s are %i MiB', (size, megabytes) => {
  expect(megabytesOf(size)).toBe(megabytes);
});
