import { attacks } from './attack.ts';

const nested = (before: string, inner: string, after: string, times: number) =>
  before.repeat(times) + inner + after.repeat(times);
const doubling = Array.from(
  { length: 25 },
  (_, step) => `, a${step + 1} AS (FROM a${step}, a${step} b)`,
).join('');

/** Refused before anything runs. `SHORT` shows the text of those that are made by a program. */
export const sizeAttacks = attacks('size', 'rules about sizes, before DuckDB plans the statement', [
  ["SELECT repeat('x', 4000000000)", 'at most 10000'],
  ["SELECT repeat(repeat('x', 10000), 10000)", 'grow a value once'],
  ["SELECT repeat('x', a) FROM product_raw.t", 'at most 10000'],
  ["SELECT lpad('x', 2000000000, 'y')", 'at most 10000'],
  ["SELECT list_aggregate(range(1000000000), 'sum')", 'at most 100000'],
  ['SELECT generate_series(1, 2000000000)', 'at most 100000'],
  ['SELECT * FROM unnest(range(1000000000))', 'at most 100000'],
  ['SELECT list_sort(range(200000000))', 'at most 100000'],
  ["SELECT printf('%2000000000d', 1)", 'at most 3 digits'],
  ["SELECT format('{:2000000000d}', 1)", 'at most 3 digits'],
  ["SELECT format('{:{}d}', 1, 2000000000)", 'at most 3 digits'],
  ["SELECT bitstring('1', 2000000000)", 'at most 10000'],
  [`SELECT '${'x'.repeat(100_000)}'`, '100000 may be'],
  [`SELECT ${nested('(SELECT ', '1', ')', 5_000)}`, 'memory exhausted'],
  [`SELECT ${nested('[', '1', ']', 5_000)}`, 'depth limit'],
  [`SELECT ${nested('(', '1', ')', 45_000)}`, 'memory exhausted'],
  [`SELECT 1${'+1'.repeat(900)}`, 'levels deep'],
  [`SELECT ${'NOT '.repeat(900)} true`, 'levels deep'],
  [`SELECT 1 ${nested('/*', '', '*/', 20_000)}`, 'more than 500 comments'],
  [`SELECT count(*) FROM range(2)${', range(2)'.repeat(400)}`, '300 may be'],
  [`WITH a0 AS (SELECT a FROM product_raw.t)${doubling} SELECT count(*) FROM a25`, '300 may be'],
]);

/** Stopped while they run; the lake answers the next call. */
export const runningAttacks = [
  ...attacks('time', '--statement-timeout-ms: interrupt', [
    [
      'SELECT count(*) FROM range(1000000) a(x), range(1000000) b(y) WHERE x * y % 7 = 3',
      'interrupted after',
    ],
    [
      'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r',
      'interrupted after',
    ],
    ['SELECT count(*) FROM range(1000000000000)', 'interrupted after'],
    ['SELECT sum(x) FROM range(1000000000000) t(x)', 'interrupted after'],
    [`SELECT count(*) FROM range(2)${', range(2)'.repeat(200)}`, 'interrupted after'],
  ]),
  ...attacks('memory', '--memory and --max-spill: limits of DuckDB', [
    ['SELECT max(l) FROM (SELECT list(x) AS l FROM range(30000000) t(x))', 'emory'],
    ["SELECT string_agg(x, '') FROM (SELECT repeat('x', 1000) AS x FROM range(10000000))", 'emory'],
    [
      "WITH RECURSIVE r(n, s) AS (SELECT 1, 'x' UNION ALL SELECT n + 1, s || s FROM r) SELECT count(*) FROM r",
      'emory',
    ],
    [
      'SELECT count(*) FROM (SELECT DISTINCT md5(x::VARCHAR) || md5((x + 1)::VARCHAR) FROM range(3000000) t(x))',
      '--max-spill',
    ],
  ]),
];

/** Not refused and not slow, but never more than an answer may hold. */
export const answerAttacks = attacks('answer', '--max-rows, --max-answer-bytes, cells of 500 characters', [
  ['SELECT * FROM range(1000000)', 'rows: 7'],
  ["SELECT repeat('x', 10000) AS x, y FROM range(100000) t(y)", 'bytes'],
  [
    `SELECT ${Array.from({ length: 1000 }, (_, index) => `repeat('x', 10000) AS c${index}`).join(', ')}`,
    'bytes',
  ],
  ["SELECT regexp_matches(repeat('a', 10000), '(a+)+$b')", 'rows: 1'],
]);

/** Deaf to an interrupt: the process ends itself, and the tables are whole. */
export const deafAttacks = attacks('deaf', '--hard-stop-ms: the process ends itself', [
  [
    "SELECT levenshtein(string_agg(repeat('a', 10000), ''), string_agg(repeat('b', 10000), '')) FROM range(100)",
    'connection closed',
  ],
  [
    'SELECT list_transform(range(100000), x -> list_transform(range(100000), y -> x * y))[1][1]',
    'connection closed',
  ],
]);
