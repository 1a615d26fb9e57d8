import { expect, test } from 'vitest';
import {
  appendRows,
  type Literal,
  type Predicate,
  planFiles,
  scanTable,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { warehouseOfTest } from './support/test-warehouse.ts';

const table = tableName('bronze.values');

interface Case {
  readonly type: string;
  /** SQL of one value for each file. */
  readonly files: readonly string[];
  readonly where: { readonly is: string; readonly value?: Literal; readonly values?: readonly Literal[] };
  /** Which files must be read: no more, no fewer. */
  readonly read: readonly number[];
}

const long = (end: string) => `'${'x'.repeat(15)}ü${end}'`;
const cases: readonly (Case & { readonly name: string })[] = [
  { name: 'numbers below', type: 'int', files: ['1', '5', 'NULL'], where: { is: '<', value: 5 }, read: [0] },
  { name: 'numbers up to', type: 'int', files: ['1', '5', '6'], where: { is: '<=', value: 5 }, read: [0, 1] },
  {
    name: 'numbers above',
    type: 'long',
    files: ['1', '9223372036854775807'],
    where: { is: '>', value: '9223372036854775806' },
    read: [1],
  },
  {
    name: 'one of some',
    type: 'int',
    files: ['1', '5', '9'],
    where: { is: 'in', values: [2, 9] },
    read: [2],
  },
  { name: 'nulls', type: 'string', files: ["'a'", 'NULL'], where: { is: 'null' }, read: [1] },
  { name: 'no nulls', type: 'string', files: ["'a'", 'NULL'], where: { is: 'not null' }, read: [0] },
  {
    name: 'NaN, which SQL puts above all numbers',
    type: 'double',
    files: ["unnest([0.5, 'NaN'::DOUBLE])", '0.5'],
    where: { is: '>', value: 1 },
    read: [0],
  },
  {
    name: 'NaN alone',
    type: 'double',
    files: ["'NaN'::DOUBLE", '0.5'],
    where: { is: '<', value: 1 },
    read: [0, 1],
  },
  {
    name: 'negative zero',
    type: 'double',
    files: ['-0.0::DOUBLE', '1'],
    where: { is: '=', value: 0 },
    read: [0],
  },
  {
    name: 'texts whose bounds are cut',
    type: 'string',
    files: [long('zzz'), "'y'", "'a'"],
    where: { is: '=', value: `${'x'.repeat(15)}üzzz` },
    read: [0],
  },
  {
    name: 'texts of the last characters there are',
    type: 'string',
    files: ['repeat(chr(1114111), 20)', "'a'"],
    where: { is: '>', value: 'b' },
    read: [0],
  },
  {
    name: 'texts in the order of code points',
    type: 'string',
    files: ["'😀'", "'a'"],
    where: { is: '>', value: '\uffee' },
    read: [0],
  },
  {
    name: 'bytes whose bounds are cut',
    type: 'binary',
    files: ["unhex(repeat('FF', 20))", "unhex('00')"],
    where: { is: '>', value: 'FE' },
    read: [0],
  },
  {
    name: 'decimals',
    type: 'decimal(38,2)',
    files: ['-0.01', '0.01'],
    where: { is: '<', value: '0' },
    read: [0],
  },
  {
    name: 'days before the epoch',
    type: 'date',
    files: ["DATE '1969-12-31'", "DATE '1970-01-01'"],
    where: { is: '<', value: '1970-01-01' },
    read: [0],
  },
  {
    name: 'instants with a zone',
    type: 'timestamptz',
    files: ["TIMESTAMPTZ '2024-01-01 00:30:00+01'", "TIMESTAMPTZ '2024-01-01 00:30:00+00'"],
    where: { is: '<', value: '2024-01-01 00:00:00Z' },
    read: [0],
  },
  {
    name: 'uuids',
    type: 'uuid',
    files: ["'00000000-0000-0000-0000-000000000001'::UUID", "'ffffffff-0000-0000-0000-000000000000'::UUID"],
    where: { is: '=', value: 'FFFFFFFF-0000-0000-0000-000000000000' },
    read: [1],
  },
  {
    name: 'yes and no',
    type: 'boolean',
    files: ['true', 'false'],
    where: { is: '=', value: true },
    read: [0],
  },
];

const partitionings: readonly (readonly [string, (type: string) => string | undefined])[] = [
  ['by statistics alone', () => undefined],
  ['by identity', () => 'identity'],
  ['by a transform', (type) => transforms[type]],
];
const transforms: Readonly<Record<string, string>> = {
  int: 'truncate[5]',
  long: 'bucket[1000]',
  string: 'truncate[3]',
  binary: 'truncate[2]',
  'decimal(38,2)': 'truncate[1]',
  date: 'day',
  timestamptz: 'hour',
  uuid: 'bucket[1000]',
};

test.each(cases.flatMap((row) => partitionings.map(([how, transformOf]) => ({ ...row, how, transformOf }))))(
  '$name, $how: the files with wanted rows are read and no others',
  async ({ type, files, where, read, transformOf }) => {
    const lake = await warehouseOfTest();
    const transform = transformOf(type);
    await lake.create('bronze.values', {
      columns: [
        { name: 'v', type },
        { name: 'file', type: 'int' },
      ],
      partitionedBy: transform === undefined ? [] : [{ column: 'v', transform }],
    });
    for (const [index, value] of files.entries()) {
      await appendRows(lake, { table, select: `SELECT ${value} AS v, ${index} AS file` });
    }
    const predicate = { ...where, column: 'v' } as Predicate;
    const plan = await planFiles(lake, { table, where: predicate });
    const { sql } = await scanTable(lake, { table });
    const filtered = await scanTable(lake, { table, where: predicate });
    const condition = filtered.sql.split(' AS scanned WHERE ')[1] ?? conditionOfNothing;
    const wanted = await lake.engine.run(`SELECT file FROM (${sql}) WHERE ${condition}`);
    expect(await lake.engine.run(`SELECT file FROM (${filtered.sql})`)).toHaveLength(wanted.length);
    expect(plan.files).toHaveLength(read.length);
    expect(wanted.map((row) => row['file']).every((index) => read.includes(Number(index)))).toBe(true);
  },
);

// A scan without a WHERE would compare all rows with all rows.
const conditionOfNothing = "error('the filter is missing')";
