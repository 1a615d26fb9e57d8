import { expect, test } from 'vitest';
import {
  parseMetadataJson,
  printMetadataJson,
} from '../../../../src/servers/lake/iceberg/metadata/metadata-json.ts';

test('snapshot ids of 63 bits come back to the digit, and texts that look like ids stay texts', () => {
  const note = 'says "snapshot-id":5, "snapshot-id":"6" and \\"parent-snapshot-id\\":7';
  const properties = JSON.stringify({ note, [note]: '"snapshot-id":8' });
  const ids =
    '"current-snapshot-id":9223372036854775807,"snapshots":[{"snapshot-id":-1,"parent-snapshot-id":4834118174102333470}]';
  const text = `{"properties":${properties},${ids},"last-sequence-number":3}`;
  expect(printMetadataJson(parseMetadataJson(text))).toBe(text);
  expect(parseMetadataJson(text.replaceAll('id":', 'id" : '))).toMatchObject({
    properties: { note },
    'current-snapshot-id': '9223372036854775807',
    snapshots: [{ 'snapshot-id': '-1', 'parent-snapshot-id': '4834118174102333470' }],
    'last-sequence-number': 3,
  });
});
