import { expect, test } from 'vitest';
import { recordPlace } from '../../../src/cli/render/record-place.ts';

test.each([
  ['p.csv', undefined, 'line 14'],
  ['p.ndjson', undefined, 'line 14'],
  ['feeds/p.xml', undefined, 'line 14'],
  ['p.json', undefined, 'record 14'],
  ['p.JSON', 'ndjson', 'line 14'],
  ['p.txt', 'json', 'record 14'],
  ['p.xlsx', undefined, 'row 14'],
  ['p.parquet', 'parquet', 'row 14'],
  ['json', undefined, 'line 14'],
])('%s read as %s: %s', (file, format, expected) => {
  expect(recordPlace(14, { file, format })).toBe(expected);
});
