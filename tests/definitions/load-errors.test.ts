import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type FileContent, failureOf, load } from './project-fixture.ts';

interface Case {
  name: string;
  files: Record<string, FileContent>;
  ref?: string;
  code: string;
  /** The whole message, one line per problem. `…` ends a line whose rest is the schema validator's own words. */
  message: string;
  hint?: string;
}

const folder = new URL('cases/', import.meta.url);
const cases = readdirSync(folder)
  .filter((name) => name.startsWith('wrong-'))
  .flatMap((name) =>
    (parse(readFileSync(new URL(name, folder), 'utf8')) as Case[]).map((row) => ({ ...row, file: name })),
  );

test.each(cases)('$file: $name', async ({ files, ref, code, message, hint = '' }) => {
  const failure = await failureOf(() => load(files, ref));
  expect(abridge(failure.message, message.trimEnd())).toBe(message.trimEnd());
  expect(failure.code).toBe(code);
  expect(failure.hint ?? '').toContain(hint.trimEnd());
});

test('a file of a hundred thousand brackets ends in a message', async () => {
  const failure = await failureOf(() =>
    load({ 'workflows/w.yaml': `id: ${'['.repeat(100_000)}` }, 'workflows/w.yaml'),
  );
  expect(failure.code).toBe('YAML_INVALID');
  expect(failure.location).toMatchObject({ file: 'workflows/w.yaml' });
});

test('a file that is no definition but a heap of data is not read', async () => {
  const failure = await failureOf(() =>
    load({ 'workflows/w.yaml': 'x'.repeat(4_000_001) }, 'workflows/w.yaml'),
  );
  expect(failure.message).toBe('workflows/w.yaml has 4000001 bytes; definitions have at most 4000000.');
});

test('every case has a name of its own', () => {
  const names = cases.map((row) => row.name);
  expect(new Set(names).size).toBe(names.length);
});

function abridge(actual: string, expected: string): string {
  const lines = expected.split('\n');
  return actual
    .split('\n')
    .map((line, index) => {
      const shown = lines[index]?.endsWith('…') ? lines[index].slice(0, -1) : undefined;
      return shown !== undefined && line.startsWith(shown) ? `${shown}…` : line;
    })
    .join('\n');
}
