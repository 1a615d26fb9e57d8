import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineSplitter, requestIdAtEdge } from '../../src/tools/mcp/message-lines.ts';

test('however the bytes are cut into chunks, the lines are the same', () => {
  const lines = fc.array(
    fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !text.includes('\n')),
    { maxLength: 10 },
  );
  fc.assert(
    fc.property(lines, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (texts, sizes) => {
      const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
      const split = createLineSplitter(1_000_000);
      const found: unknown[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        found.push(...split(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(found).toEqual(texts.map((text) => ({ kind: 'text', text })));
    }),
  );
});

test.each([1, 7, 4096, 100_000])(
  'a line that is too long keeps its edges and its size (chunks of %i bytes)',
  (size) => {
    const long = `{"id":1,${'x'.repeat(50_000)}"id":2}`;
    const bytes = Buffer.from(`short\n${long}\nnext\n`);
    const split = createLineSplitter(10_000);
    const lines = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...split(bytes.subarray(at, at + size)));
    expect(lines).toEqual([
      { kind: 'text', text: 'short' },
      { kind: 'too-long', bytes: long.length, head: long.slice(0, 1024), tail: long.slice(-1024) },
      { kind: 'text', text: 'next' },
    ]);
  },
);

test.each([1, 1025, 5000])('a line that is too long by %i bytes keeps both edges whole', (excess) => {
  const text = `{"id":1,${'x'.repeat(20_000 + excess - 16)}"id":2}\n`;
  const split = createLineSplitter(text.length - 1 - excess);
  const cut = text.length - 1 - excess;
  const [line] = [...split(Buffer.from(text.slice(0, cut))), ...split(Buffer.from(text.slice(cut)))];
  expect(line).toMatchObject({ head: text.slice(0, 1024), tail: text.slice(-1025, -1) });
});

test.each<[string, string, number | undefined]>([
  ['{"jsonrpc":"2.0","id":5,"result":{"a":"', '"}}', 5],
  ['{"id":5,"jsonrpc":"2.0","result":{"a":"', '"}}', 5],
  ['{"result":{"a":"', '"},"jsonrpc":"2.0","id":5}', 5],
  ['{"result":{"a":"', '"},"id":5,"jsonrpc":"2.0"}\r', 5],
  // The result's own words, at the same place: inside an object, and inside a string.
  ['{"result":{"a":"', '","id":7}}', undefined],
  ['{"result":{"a":"', ',\\"id\\":7}"}}', undefined],
  ['{"method":"note","params":{"id":7,', '}}', undefined],
])('the id of %s … %s', (head, tail, expected) => {
  expect(requestIdAtEdge({ head, tail })).toBe(expected);
});
