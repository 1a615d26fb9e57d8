import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AiworkflowError } from '../../../src/errors/index.ts';
import { loadCatalog } from '../../../src/servers/catalog/load-catalog.ts';
import { readArguments } from '../../../src/servers/catalog/read-arguments.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catalog-'));
  mkdirSync(join(folder, 'policies'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const good = `apiVersion: v3.1.0
kind: DataContract
id: thing
version: 1.0.0
status: active
schema:
  - name: thing
    physicalName: core.thing
    description: A thing.
    properties:
      - name: id
        logicalType: string
        physicalType: VARCHAR
        description: Its number.
`;
const rule = `        quality:
          - name: some_rule
            type: library
`;
const goodPolicy = `id: rounding
version: 1.0.0
title: Rounding
description: How we round.
rules:
  - { id: up, statement: Round up. }
`;

async function failure(): Promise<{ code: string; place: string; message: string }> {
  const error = await loadCatalog({ contracts: folder }).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!AiworkflowError.is(error)) throw new Error(`expected an AiworkflowError, got ${String(error)}`);
  const { line, column } = error.location ?? { line: 0, column: 0 };
  return { code: error.code, place: `${line}:${column}`, message: error.message };
}

test('a contract and a policy are read', async () => {
  writeFileSync(join(folder, 'thing.yaml'), good);
  writeFileSync(join(folder, 'policies', 'rounding.yaml'), goodPolicy);
  const catalog = await loadCatalog({ contracts: folder });
  expect(catalog.contracts.map(({ id }) => id)).toEqual(['thing']);
  expect(catalog.policies.map(({ id }) => id)).toEqual(['rounding']);
});

test.each([
  ['broken YAML', `${good}  - [`, 'YAML_INVALID', '15:6', ''],
  ['a wrong kind', good.replace('DataContract', 'DataProduct'), 'DEFINITION_INVALID', '2:7', 'kind'],
  ['a version that is none', good.replace('1.0.0', 'one'), 'DEFINITION_INVALID', '4:10', '"version"'],
  [
    'a missing field',
    good.replace('    description: A thing.\n', ''),
    'DEFINITION_INVALID',
    '7:5',
    '"description"',
  ],
  [
    'a column type that is missing',
    good.replace(/ +physicalType.*\n/, ''),
    'DEFINITION_INVALID',
    '11:9',
    'physicalType',
  ],
  [
    'an unknown metric',
    `${good}${rule}            metric: nulls\n            mustBe: 0\n`,
    'DEFINITION_INVALID',
    '18:21',
    'metric',
  ],
  [
    'a rule that compares with nothing',
    `${good}${rule}            metric: rowCount\n`,
    'DEFINITION_INVALID',
    '16:13',
    'mustBe',
  ],
  [
    'a rule that compares twice',
    `${good}${rule}            metric: rowCount\n            mustBe: 0\n            mustNotBe: 1\n`,
    'DEFINITION_INVALID',
    '16:13',
    'mustBe',
  ],
])('%s is refused at its place', async (_, text, code, place, part) => {
  writeFileSync(join(folder, 'thing.yaml'), text);
  const failed = await failure();
  expect(failed).toMatchObject({ code, place });
  expect(failed.message).toContain(part);
  expect(failed.message).toContain(`thing.yaml:${place}`);
});

test('an unknown key in a policy is refused at the key', async () => {
  writeFileSync(join(folder, 'policies', 'rounding.yaml'), `${goodPolicy}tabels: {}\n`);
  expect(await failure()).toMatchObject({ code: 'DEFINITION_INVALID', place: '7:1' });
});

test('two files with one id are refused', async () => {
  writeFileSync(join(folder, 'a.yaml'), good);
  writeFileSync(join(folder, 'b.yaml'), good);
  const { code, message } = await failure();
  expect(code).toBe('DEFINITION_INVALID');
  expect(message).toContain('already taken by');
});

test('a file that is not UTF-8 is refused by name', async () => {
  writeFileSync(join(folder, 'thing.yaml'), Buffer.from(good.replace('A thing', 'Ein St\u00fcck'), 'latin1'));
  expect(await failure()).toMatchObject({ code: 'FILE_UNREADABLE' });
});

test('a folder that is not there is refused', async () => {
  rmSync(folder, { recursive: true });
  expect(await failure()).toMatchObject({ code: 'FILE_NOT_FOUND' });
  mkdirSync(folder);
});

test('arguments: folders and file have defaults, an unknown one is refused', () => {
  const files = { changes: '.aiworkflow/catalog.sqlite', openMetadata: undefined };
  expect(readArguments([])).toEqual({ contracts: 'contracts', feeds: 'contracts/feeds', ...files });
  expect(readArguments(['--contracts', 'x'])).toEqual({ contracts: 'x', feeds: 'x/feeds', ...files });
  expect(readArguments(['--feeds', 'y', '--database', 'z'])).toMatchObject({ feeds: 'y', changes: 'z' });
  expect(readArguments(['--openmetadata', 'https://x', '--token-env', 'T']).openMetadata).toEqual({
    url: 'https://x',
    service: 'lake',
    database: 'lake',
    policyGlossary: 'BusinessPolicies',
    tokenEnv: 'T',
  });
});

test.each([
  [['--contract', 'x'], /Unknown option '--contract'/],
  [['--openmetadata', 'https://x', '--feeds', 'y'], /--feeds and --openmetadata exclude each other/],
  [['--token-env', 'T'], /--token-env is for --openmetadata/],
  [['--jwt', 'x'], /Unknown option '--jwt'/],
])('arguments: %j are refused', (args, words) => {
  expect(() => readArguments(args)).toThrow(words);
});
