import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteName, quoteText } from '../../../../src/servers/lake/storage/quote-sql.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        '"',
        "'",
        '\\',
        ';',
        '--',
        '/*',
        '*/',
        '.',
        ' ',
        '\n',
        '$',
        '{',
        'x',
        'ä',
        '💥',
        '\u2028',
      ),
      {
        minLength: 1,
        maxLength: 20,
      },
    )
    .map((parts) => parts.join('')),
);
// A zero byte ends the text of a statement for DuckDB; half a pair of surrogates is no character.
const texts = hostile.map((text) => text.replaceAll('\0', '').toWellFormed()).filter((text) => text !== '');

test('a quoted text is that text, and a quoted name names that column', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await fc.assert(
    fc.asyncProperty(texts, texts, async (name, text) => {
      const sql = `SELECT ${quoteText(text)} AS ${quoteName(name)}, 1 AS "last"`;
      const found = await connection.runAndReadAll(
        `SELECT ${quoteName(name)} FROM (${sql}) WHERE "last" = 1`,
      );
      expect(found.getRows()).toEqual([[text]]);
      expect(found.columnNames()).toEqual([name]);
    }),
    { numRuns: 500 },
  );
  connection.closeSync();
  instance.closeSync();
});
