import fc from 'fast-check';

/** The columns that both tables of the property test have. */
export const columns = [
  { name: 'k', type: 'int', lake: 'INTEGER' },
  { name: 'a', type: 'int', lake: 'INTEGER' },
  { name: 'b', type: 'string', lake: 'VARCHAR' },
  { name: 'd', type: 'date', lake: 'DATE' },
  { name: 'm', type: 'timestamp', lake: 'TIMESTAMP' },
  { name: 'p', type: 'decimal(6,2)', lake: 'DECIMAL(6,2)' },
  { name: 'x', type: 'double', lake: 'DOUBLE' },
  { name: 'f', type: 'boolean', lake: 'BOOLEAN' },
] as const;

const values: Readonly<Record<string, readonly string[]>> = {
  k: ['1', '2', '3', 'NULL'],
  a: ['-3', '0', '1', '2', '5', '9', '2147483647', 'NULL'],
  b: ["''", "'a'", "'b'", "'ä'", "'aaaaaaaaaaaaaaaaaaaaaa'", "'it''s'", 'NULL'],
  d: ["DATE '2023-12-31'", "DATE '2024-02-29'", "DATE '2024-03-01'", 'NULL'],
  m: [
    "TIMESTAMP '2024-01-01 00:00:00'",
    "TIMESTAMP '2024-01-01 10:00:00.5'",
    "TIMESTAMP '1969-12-31 23:59:59'",
    'NULL',
  ],
  p: ['-1.50', '0.00', '1.00', '1.50', '9999.99', 'NULL'],
  x: ['-0.5', '0', '1', '1.5', "'NaN'::DOUBLE", "'inf'::DOUBLE", 'NULL'],
  f: ['true', 'false', 'NULL'],
};

/** Also such as are of another type than the column, and are compared after a cast of whichever side DuckDB chooses. */
const literals: Readonly<Record<string, readonly string[]>> = {
  k: ['1', '2', '3'],
  a: ['-3', '0', '1', '2', '4', '1.5', '1.0', "'2'", '3000000000', '1e0', 'NULL'],
  b: ["''", "'a'", "'b'", "'ä'", "'aaaaaaaaaaaaaaaaaaaaa'", "'it''s'", 'NULL'],
  d: [
    "DATE '2024-02-29'",
    "'2024-02-29'",
    "TIMESTAMP '2024-02-29 12:00:00'",
    "'2024-03-01'",
    "DATE '2023-12-31' + 1",
  ],
  m: ["TIMESTAMP '2024-01-01 10:00:00.5'", "'2024-01-01'", "DATE '2024-01-01'", "'1970-01-01 00:00:00'"],
  p: ['1', '1.5', '1.505', '-1.50', '1e0', '10000', "'1.5'"],
  x: ['0', '-0.0', '1', '1.5', '0.1', '1e0', "'NaN'::DOUBLE", "'inf'::DOUBLE"],
  f: ['true', 'false', "'t'"],
};

export const rows = fc.array(
  fc.array(
    fc.record(
      Object.fromEntries(columns.map(({ name }) => [name, fc.constantFrom(...(values[name] ?? []))])),
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  ),
  { minLength: 2, maxLength: 5 },
);

const names = columns.map(({ name }) => name);
const operators = ['=', '!=', '<', '<=', '>', '>=', 'IS DISTINCT FROM'];

const test = fc.constantFrom(...names).chain((name) => {
  const literal = fc.constantFrom(...(literals[name] ?? []));
  return fc.oneof(
    fc.tuple(fc.constantFrom(...operators), literal).map(([is, value]) => `@${name} ${is} ${value}`),
    fc.tuple(fc.constantFrom(...operators), literal).map(([is, value]) => `${value} ${is} @${name}`),
    fc
      .tuple(fc.constantFrom('BETWEEN', 'NOT BETWEEN'), literal, literal)
      .map(([is, from, to]) => `@${name} ${is} ${from} AND ${to}`),
    fc
      .tuple(fc.constantFrom('IN', 'NOT IN'), fc.array(literal, { minLength: 1, maxLength: 3 }))
      .map(([is, members]) => `@${name} ${is} (${members.join(', ')})`),
    fc.constantFrom(`@${name} IS NULL`, `@${name} IS NOT NULL`, '@f', `@${name} = @${name}`, 'true'),
    literal.map((value) => `coalesce(@${name}, ${value}) = ${value}`),
  );
});

/** `@a` stands for the column of whichever table it is about. */
const condition = fc.letrec<{ all: string }>((tie) => ({
  all: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    test,
    fc.tuple(tie('all'), tie('all')).map(([left, right]) => `(${left} AND ${right})`),
    fc.tuple(tie('all'), tie('all')).map(([left, right]) => `(${left} OR ${right})`),
    tie('all').map((inner) => `NOT (${inner})`),
  ),
})).all;

const of = (alias: string) => condition.map((text) => text.replaceAll('@', alias === '' ? '' : `${alias}.`));
const joins = [
  'JOIN',
  'LEFT JOIN',
  'RIGHT JOIN',
  'FULL JOIN',
  'SEMI JOIN',
  'ANTI JOIN',
  'ASOF JOIN',
  'ASOF LEFT JOIN',
];

const joined = fc
  .tuple(fc.constantFrom(...joins), of('y'), of('x'), of('x'), of('y'), fc.constantFrom('k', 'a'))
  .map(([join, onRight, onLeft, left, right, key]) => {
    const isOneSided = /SEMI|ANTI/.test(join);
    const on = `x.${key} = y.${key} AND ${onRight} AND ${onLeft}`;
    const where = isOneSided ? left : `${left} AND ${right}`;
    return `SELECT * FROM lake.t x ${join} lake.u y ON ${on} WHERE ${where}`;
  });

/** Of several rows that are equally near DuckDB takes any: only what they have in common can be compared. */
const nearest = fc
  .tuple(
    fc.constantFrom('ASOF JOIN', 'ASOF LEFT JOIN'),
    of('x'),
    fc.constantFrom('true', 'y.a > 0', 'y.a IS NOT NULL'),
  )
  .map(
    ([join, left, right]) =>
      `SELECT x.*, y.a FROM lake.t x ${join} lake.u y ON x.k = y.k AND x.a >= y.a WHERE ${left} AND ${right}`,
  );

/** Rows that a join fills with nulls pass such conditions. */
const filled = fc
  .tuple(
    fc.constantFrom('LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'),
    fc.constantFrom('x', 'y'),
    fc.constantFrom(...names),
  )
  .map(
    ([join, side, name]) =>
      `SELECT * FROM lake.t x ${join} lake.u y ON x.k = y.k WHERE ${side}.${name} IS NULL`,
  );

/** SELECTs over `lake.t` and `lake.u`, in which conditions stand in all the places where they do and do not limit a table. */
export const queries = fc.oneof(
  { weight: 3, arbitrary: of('').map((where) => `SELECT * FROM lake.t WHERE ${where}`) },
  { weight: 5, arbitrary: joined },
  nearest,
  { weight: 2, arbitrary: filled },
  of('').map((where) => `SELECT k AS a, a AS k, f AS b FROM lake.t WHERE ${where}`),
  of('').map((where) => `SELECT * FROM lake.t AS t(a, k, b, m, d, x, p, f) WHERE ${where}`),
  fc
    .tuple(of('x'), of('y'))
    .map(([left, right]) => `SELECT * FROM lake.t x, lake.t y WHERE ${left} AND ${right}`),
  fc
    .tuple(of('x'), of('y'))
    .map(
      ([left, right]) => `SELECT x.a, y.b FROM lake.t x JOIN lake.u y USING (k) WHERE ${left} AND ${right}`,
    ),
  fc
    .tuple(of('x'), of(''))
    .map(([left, bare]) => `SELECT x.a FROM lake.t x SEMI JOIN lake.u y USING (k) WHERE ${left} AND ${bare}`),
  fc
    .tuple(of(''), of('t'), of('u'))
    .map(
      ([inner, left, right]) =>
        `WITH t AS (SELECT * FROM lake.t WHERE ${inner}) SELECT * FROM t, lake.u WHERE ${left} AND ${right}`,
    ),
  fc
    .tuple(fc.constantFrom('UNION ALL', 'EXCEPT', 'INTERSECT'), of(''), of(''))
    .map(
      ([kind, left, right]) =>
        `SELECT a, b FROM lake.t WHERE ${left} ${kind} SELECT a, b FROM lake.t WHERE ${right}`,
    ),
  fc
    .tuple(fc.constantFrom('EXISTS', 'NOT EXISTS'), of('y'), of('x'))
    .map(
      ([is, inner, outer]) =>
        `SELECT * FROM lake.t x WHERE ${is} (SELECT 1 FROM lake.t y WHERE y.k = x.k AND ${inner}) AND ${outer}`,
    ),
  fc
    .tuple(of('x'), of(''))
    .map(
      ([outer, inner]) =>
        `SELECT x.a, (SELECT max(a) FROM lake.u WHERE k = x.k AND ${inner}) AS most FROM lake.t x WHERE ${outer}`,
    ),
  of('q').map((where) => `SELECT * FROM (SELECT * FROM lake.t ORDER BY ALL LIMIT 3) q WHERE ${where}`),
  of('').map(
    (where) => `SELECT k, count(*), max(a) FROM lake.t WHERE ${where} GROUP BY k HAVING count(*) > 1`,
  ),
  of('').map(
    (where) =>
      `SELECT a, rank() OVER (PARTITION BY k ORDER BY a) FROM lake.t WHERE ${where} QUALIFY rank() OVER (PARTITION BY k ORDER BY a) = 1`,
  ),
  fc
    .tuple(of('y'), of('x'))
    .map(
      ([inner, outer]) =>
        `SELECT * FROM lake.t x, LATERAL (SELECT count(*) AS n FROM lake.u y WHERE y.k = x.k AND ${inner}) l WHERE ${outer}`,
    ),
  fc
    .tuple(of('z'), of('y'), of('x'))
    .map(
      ([on, last, first]) =>
        `SELECT * FROM lake.t x LEFT JOIN (lake.u y JOIN lake.t z ON y.k = z.k AND ${on}) ON x.k = y.k AND ${last} WHERE ${first}`,
    ),
  of('').map((where) => `SELECT * FROM lake.t PIVOT (count(*) FOR f IN (true, false)) WHERE ${where}`),
);
