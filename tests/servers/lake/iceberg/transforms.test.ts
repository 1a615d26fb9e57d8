import { describe, expect, test } from 'vitest';
import { duckdbType } from '../../../../src/servers/lake/iceberg/schema/duckdb-type.ts';
import {
  decodeValue,
  eightBytes,
  encodeValue,
  minimalBytes,
  uuidBytes,
} from '../../../../src/servers/lake/iceberg/values/binary-value.ts';
import { murmur3 } from '../../../../src/servers/lake/iceberg/values/murmur3.ts';
import { parseKey } from '../../../../src/servers/lake/iceberg/values/parse-key.ts';
import { parseValue } from '../../../../src/servers/lake/iceberg/values/parse-value.ts';
import {
  applyTransform,
  checkTransform,
  parseTransform,
  transformedType,
} from '../../../../src/servers/lake/iceberg/values/transform.ts';
import { partitionKeySql } from '../../../../src/servers/lake/iceberg/values/transform-sql.ts';
import type { Value } from '../../../../src/servers/lake/iceberg/values/value.ts';
import { engineOfTest } from './support/duckdb-engine.ts';

// The values of the specification's appendix B.
test.each([
  ['int 34', eightBytes(34n), 2017239379],
  ['decimal 14.20', minimalBytes(1420n), -500754589],
  ['date 2017-11-16', eightBytes(17486n), -653330422],
  ['time 22:31:08', eightBytes(81068000000n), -662762989],
  ['timestamp 2017-11-16T22:31:08', eightBytes(1510871468000000n), -2047944441],
  ['timestamp 2017-11-16T22:31:08.000001', eightBytes(1510871468000001n), -1207196810],
  ['string iceberg', Buffer.from('iceberg'), 1210000089],
  ['uuid', uuidBytes('f79c3e09-677c-4bbd-a479-3f349cb785e7'), 1488055340],
  ['bytes 00 01 02 03', Buffer.from([0, 1, 2, 3]), -188683207],
])('the hash of %s is the one of the specification', (_name, bytes, hash) => {
  expect(murmur3(bytes)).toBe(hash);
});

test.each<[string, string, string, Value | null]>([
  ['truncate[10]', 'int', '1', 0],
  ['truncate[10]', 'int', '-1', -10],
  ['truncate[10]', 'long', '-1', -10n],
  ['truncate[50]', 'decimal(9,2)', '10.65', 1050n],
  ['truncate[3]', 'string', 'iceberg', 'ice'],
  ['truncate[2]', 'string', '😀ü€', '😀ü'],
  ['year', 'date', '1969-12-31', -1],
  ['month', 'timestamp', '1969-12-31 23:59:59', -1],
  ['day', 'timestamptz', '1970-01-01 00:30:00+01', -1],
  ['hour', 'timestamp', '1970-01-02 01:00:00', 25],
  ['void', 'string', 'x', null],
])('%s of the %s %s', (transform, type, text, expected) => {
  expect(applyTransform(parseTransform(transform), { type, value: parseValue(type, text) })).toEqual(
    expected,
  );
});

const samples: Readonly<Record<string, readonly string[]>> = {
  int: ['34', '-1', '0', '2147483647', '-2147483648'],
  long: ['9223372036854775807', '-9223372036854775808', '34'],
  'decimal(10,2)': ['14.20', '-0.01', '-99999999.99', '0.00', '1.28', '-1.28', '655.36', '0.01', '2.56'],
  'decimal(38,5)': [
    '999999999999999999999999999999999.99999',
    '-999999999999999999999999999999999.99999',
    '0.00001',
  ],
  date: ['2017-11-16', '1969-12-31', '0001-01-01', '0044-03-15 (BC)', '9999-12-31'],
  time: ['22:31:08.000001', '00:00:00'],
  timestamp: ['2017-11-16 22:31:08.000001', '1969-12-31 23:59:59.999999', '0001-01-01 00:00:00'],
  timestamptz: ['2017-11-16 22:31:08+00', '1969-12-31 23:59:59.999999+00'],
  string: ['iceberg', '', 'ü€😀abc', "a'b", 'NULL'],
  uuid: ['f79c3e09-677c-4bbd-a479-3f349cb785e7'],
  binary: ['00010203', '', 'FF', '0001020304'],
  boolean: ['true', 'false'],
  double: ['1.5', '-inf', '1e300'],
};
const transforms = [
  'identity',
  'bucket[16]',
  'bucket[7]',
  'truncate[10]',
  'truncate[3]',
  'year',
  'month',
  'day',
  'hour',
];
const accepted = Object.keys(samples).flatMap((type) =>
  transforms.filter((name) => takes(name, type)).map((name): [string, string] => [name, type]),
);

function takes(transform: string, type: string): boolean {
  try {
    checkTransform(parseTransform(transform), { type, column: 'c' });
    return true;
  } catch {
    return false;
  }
}

describe('DuckDB partitions rows as the specification says', () => {
  test.each(accepted)('%s of %s', async (name, type) => {
    const engine = await engineOfTest();
    // Another zone than UTC must not move a row to another day.
    await engine.run("SET TimeZone = 'Asia/Tokyo'");
    const transform = parseTransform(name);
    for (const text of samples[type] ?? []) {
      const literal =
        type === 'binary'
          ? `unhex('${text}')`
          : `CAST('${text.replaceAll("'", "''")}' AS ${duckdbType(type)})`;
      const [row] = await engine.run(
        `SELECT ${partitionKeySql(transform, { sql: 'c', type })} AS k FROM (SELECT ${literal} AS c)`,
      );
      const inSql = parseKey(transformedType(transform, type), row?.['k'] as string);
      expect(inSql, text).toEqual(applyTransform(transform, { type, value: parseValue(type, text) }));
    }
  });
});

test('null stays null, in every transform', async () => {
  const engine = await engineOfTest();
  for (const [name, type] of accepted) {
    const sql = partitionKeySql(parseTransform(name), { sql: 'c', type });
    const [row] = await engine.run(`SELECT ${sql} AS k FROM (SELECT NULL::${duckdbType(type)} AS c)`);
    expect(row?.['k'], `${name} ${type}`).toBeNull();
  }
});

test.each(
  Object.entries(samples).flatMap(([type, texts]) => texts.map((text): [string, string] => [type, text])),
)('a bound of the type %s keeps %s', (type, text) => {
  const value = parseValue(type, text);
  expect(decodeValue(type, encodeValue(type, value))).toEqual(value);
});

test.each<[string, string, string]>([
  ['int', '5', 'long'],
  ['float', '1.5', 'double'],
  ['decimal(4,2)', '1.50', 'decimal(10,2)'],
])('a bound that was written as %s is read after the column was widened', (type, text, wider) => {
  expect(decodeValue(wider, encodeValue(type, parseValue(type, text)))).toEqual(parseValue(wider, text));
});

test.each(['bucket[0]', 'zorder', 'truncate[-1]', 'bucket'])('the transform %s is refused', (name) => {
  expect(() => parseTransform(name)).toThrow(/no transform/);
});
