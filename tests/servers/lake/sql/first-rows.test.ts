import { expect, test } from 'vitest';
import { openTestLake } from '../support/open-test-lake.ts';

const unsorted = '(VALUES (2), (3), (1)) t(a)';

test.each([
  ['in a text', `SELECT a FROM ${unsorted} WHERE 'order by' <> ''`, [1, 2, 3]],
  ['in a comment', `SELECT a FROM ${unsorted} -- order by`, [1, 2, 3]],
  ['of a window', `SELECT a FROM ${unsorted} QUALIFY row_number() OVER (ORDER BY a DESC) < 4`, [1, 2, 3]],
  ['of a subquery', `SELECT a FROM (SELECT a FROM ${unsorted} ORDER BY a DESC)`, [1, 2, 3]],
  ['of a part', `(SELECT a FROM ${unsorted} ORDER BY a DESC) UNION ALL (SELECT 0)`, [0, 1, 2, 3]],
  ['of the result', `SELECT a FROM ${unsorted} ORDER BY a DESC`, [3, 2, 1]],
  ['of a result in brackets', `(SELECT a FROM ${unsorted} ORDER/**/BY a DESC);`, [3, 2, 1]],
  ['of a UNION', `SELECT a FROM ${unsorted} UNION ALL SELECT 0 ORDER BY a DESC`, [3, 2, 1, 0]],
  ['of a WITH', `WITH t AS (SELECT a FROM ${unsorted}) SELECT a FROM t ORDER BY a DESC`, [3, 2, 1]],
])('rows are sorted by all columns unless the result has an order; an ORDER BY %s', async (_, sql, rows) => {
  const lake = await openTestLake();
  expect((await lake.rows(sql)).map(({ a }) => a)).toEqual(rows);
});
