import * as fc from 'fast-check';

/** Tables of the property: few values, so that rows meet in joins and groups. */
export const randomTables: Readonly<Record<string, readonly string[]>> = {
  'b.t': ['id', 'a', 'b', 'c'],
  'b.u': ['id', 'x', 'y'],
};

// A query is built from a list of choices: fast-check shrinks the list, and with it the query.
type Choose = (count: number) => number;

const one = <Value>(choose: Choose, values: readonly Value[]): Value =>
  values[choose(values.length)] as Value;

interface Source {
  readonly sql: string;
  /** Columns as they can be written. */
  readonly columns: readonly string[];
}

/** A SELECT over `b.t` and `b.u`, deterministic up to the order of its rows. Not every one is valid. */
export const randomSelect: fc.Arbitrary<string> = fc
  .array(fc.nat({ max: 1_000_000 }), { minLength: 60, maxLength: 60 })
  .map((choices) => {
    let next = 0;
    const choose: Choose = (count) => (choices[next++ % choices.length] ?? 0) % count;
    return query(choose, 2);
  });

function query(choose: Choose, depth: number): string {
  const kind = depth === 0 ? 0 : choose(8);
  if (kind === 1)
    return `${select(choose, depth)} ${one(choose, ['UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT', 'UNION ALL BY NAME'])} ${select(choose, depth)}`;
  if (kind === 2)
    return `WITH k(o1, o2) AS (${query(choose, depth - 1)}) ${select(choose, 0, [{ sql: 'k', columns: ['o1', 'o2'] }])}`;
  return select(choose, depth);
}

/** Two columns, o1 and o2. */
function select(choose: Choose, depth: number, given?: readonly Source[]): string {
  const from = given?.[0] ?? source(choose, depth);
  const value = () => expression(choose, from, depth);
  const where = choose(3) === 0 ? ` WHERE ${condition(choose, from, depth)}` : '';
  switch (choose(7)) {
    case 0:
      return `SELECT ${value()} AS o1, ${aggregate(choose, from)} AS o2 FROM ${from.sql}${where} GROUP BY ${one(choose, ['ALL', '1'])}${choose(2) ? '' : ` HAVING count(*) > ${choose(2)}`}`;
    case 1:
      return `SELECT DISTINCT ${value()} AS o1, ${value()} AS o2 FROM ${from.sql}${where}`;
    case 2:
      return `SELECT ${value()} AS o1, ${windowed(choose, from)} AS o2 FROM ${from.sql}${where}`;
    case 3:
      return `SELECT ${value()} AS o1, o1 + ${value()} AS o2 FROM ${from.sql}${where} QUALIFY rank() OVER (PARTITION BY ${column(choose, from)} ORDER BY ${column(choose, from)}) = 1`;
    case 4:
      return `SELECT * EXCLUDE (o2) REPLACE (o1 + 1 AS o1), o2 * 2 AS o2 FROM (SELECT ${value()} AS o1, ${value()} AS o2 FROM ${from.sql}${where}) AS s`;
    case 5:
      return `SELECT ${value()} AS o1, unnest([${value()}, 7][1:greatest(0, ${column(choose, from)})]) AS o2 FROM ${from.sql}${where}`;
    default:
      return `SELECT ${value()} AS o1, ${value()} AS o2 FROM ${from.sql}${where}`;
  }
}

function source(choose: Choose, depth: number): Source {
  const t = { sql: 'b.t AS t', columns: ['t.id', 'a', 't.b', 'c'] };
  const u = { sql: 'b.u AS u', columns: ['u.id', 'x', 'u.y'] };
  const both = [...t.columns, ...u.columns];
  switch (choose(depth > 0 ? 11 : 6)) {
    case 0:
      return u;
    case 1:
      return {
        sql: `b.t AS t ${one(choose, ['', 'LEFT', 'RIGHT', 'FULL'])} JOIN b.u AS u USING (id)`,
        columns: ['id', 'a', 't.b', 'x', 'y'],
      };
    case 2:
      return {
        sql: `b.t AS t ${one(choose, ['', 'LEFT', 'FULL'])} JOIN b.u AS u ON ${one(choose, ['t.a = u.x', 't.id = u.id AND t.b > u.y', 't.id = u.y'])}`,
        columns: both,
      };
    case 3:
      return {
        sql: `b.t AS t ${one(choose, ['SEMI', 'ANTI'])} JOIN b.u AS u ON t.a = u.x`,
        columns: t.columns,
      };
    case 4:
      return { sql: 'b.t AS t NATURAL JOIN b.u AS u', columns: ['id', 'a', 'b', 'x'] };
    case 6:
      return { sql: `(${query(choose, depth - 1)}) AS s(p, q)`, columns: ['p', 'q', 's.p'] };
    case 7:
      return {
        sql: `b.t AS t, LATERAL (SELECT ${one(choose, ['t.a + x', 'count(*)', 't.b'])} AS v FROM b.u WHERE x > t.c) AS l`,
        columns: ['a', 'c', 'v'],
      };
    case 8:
      return {
        sql: `b.t AS t, unnest(range(greatest(0, ${one(choose, ['a', 't.c', '2'])}))) AS r(n)`,
        columns: ['id', 'b', 'n'],
      };
    case 9:
      return {
        sql: '(SELECT * RENAME (a AS aa), b.t.c + 1 AS cc FROM b.t) AS w',
        columns: ['aa', 'cc', 'w.b'],
      };
    case 10:
      return {
        sql: '(VALUES (1, 2), (2, 3)) AS v(m, n) JOIN b.t AS t ON t.id = v.m',
        columns: ['m', 'n', 't.a', 't.c'],
      };
    default:
      return t;
  }
}

const column = (choose: Choose, from: Source): string => one(choose, from.columns);

function expression(choose: Choose, from: Source, depth: number): string {
  const some = () => column(choose, from);
  switch (choose(depth > 0 ? 9 : 6)) {
    case 0:
      return `(${some()} + ${some()})`;
    case 1:
      return `CASE WHEN ${some()} > ${some()} THEN ${some()} ELSE 0 END`;
    case 2:
      return `coalesce(${some()}, 1)`;
    case 3:
      return `list_sum(list_transform([1, 2], lambda e: e + ${some()}))::INT`;
    case 6:
      return `(SELECT ${one(choose, ['max(y)', 'count(*)', 'sum(x)'])}::INT FROM b.u AS k WHERE k.id > ${some()})`;
    case 7:
      return `(EXISTS (SELECT 1 FROM b.u AS k WHERE k.x = ${some()}))::INT`;
    default:
      return some();
  }
}

function condition(choose: Choose, from: Source, depth: number): string {
  const some = () => column(choose, from);
  switch (choose(depth > 0 ? 4 : 2)) {
    case 2:
      return `${some()} IN (SELECT x FROM b.u AS k)`;
    case 3:
      return `${some()} >= ALL (SELECT y FROM b.u AS k WHERE k.id = 1)`;
    default:
      return `${some()} ${one(choose, ['>', '=', '<>'])} ${one(choose, ['0', '1', some()])}`;
  }
}

function aggregate(choose: Choose, from: Source): string {
  const some = () => column(choose, from);
  return one(choose, [
    'count(*)',
    `sum(${some()})::INT`,
    `max(${some()}) FILTER (WHERE ${some()} > 0)`,
    `list_sum(list(${some()} ORDER BY ${some()})[1:1])::INT`,
    `count(DISTINCT ${some()})`,
  ]);
}

function windowed(choose: Choose, from: Source): string {
  const some = () => column(choose, from);
  const over = `PARTITION BY ${some()}`;
  return one(choose, [
    `sum(${some()}) OVER (${over})::INT`,
    `rank() OVER (${over} ORDER BY ${some()})`,
    `max(${some()}) FILTER (WHERE ${some()} > 0) OVER (${over})`,
    `count(*) OVER (ORDER BY ${some()} RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)`,
  ]);
}
