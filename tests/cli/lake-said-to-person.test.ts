import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rewordings, saidToPerson } from '../../src/cli/lake/said-to-person.ts';
import { LakeFailure } from '../../src/servers/lake/lake-failure.ts';

const servers = join(import.meta.dirname, '../../src/servers/lake');

const sources = readdirSync(servers, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(join(servers, path), 'utf8'))
  .join('\n');

test.each(rewordings)('a hint of the server still has these words: %s', (words) => {
  expect(typeof words === 'string' ? sources.includes(words) : words.test(sources)).toBe(true);
});

test('each rewording is made in one hint', () => {
  const hint = 'make it smaller, or start the lake with a larger --memory. Files are read by ingest only.';
  expect(saidToPerson(new LakeFailure('Too large.', hint)).message).toBe('Too large.\nTry: make it smaller.');
  expect(saidToPerson(new LakeFailure('Alone.')).message).toBe('Alone.');
});
