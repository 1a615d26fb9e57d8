import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { documentSchema } from '../../../src/metadata/standard/document.ts';
import { changed, type Json, mutationsOf, pathsOf, seeded } from '../support/mutations.ts';
import {
  hasOfficialSchema,
  officialSchema,
  officialVerdict,
  skipMessage,
} from '../support/official-schema.ts';

const read = (file: string): Json => parse(readFileSync(file, 'utf8'));
const everything = read('tests/metadata/fixtures/everything.odcs.yaml');
const ownFiles = readdirSync('contracts').filter((name) => name.endsWith('.odcs.yaml'));

/** A value for each field that the standard has anywhere: fields are tried where they do not belong. */
const fieldsEverywhere = Object.fromEntries(
  [...pathsOf(everything)].flatMap((path) => {
    const key = path.at(-1);
    return typeof key === 'string'
      ? [[key, path.reduce<Json>((at, name) => (at as never)[name], everything)]]
      : [];
  }),
);

/** The document of every field in parts: a change is tried on the part that it is in, which takes a third of the time. */
const part = (names: (name: string) => boolean): Json =>
  Object.fromEntries(
    Object.entries(everything as Record<string, Json>).filter(([name]) => needed.has(name) || names(name)),
  );
const needed = new Set(['apiVersion', 'kind', 'id', 'version', 'status']);
const documents = [
  { name: 'every server', document: part((name) => name === 'servers') },
  { name: 'every field of tables', document: part((name) => name === 'schema') },
  { name: 'all else', document: part((name) => name !== 'servers' && name !== 'schema') },
  ...ownFiles.map((name) => ({ name, document: read(`contracts/${name}`) })),
];

test('our contracts and one that uses every field are documents of the standard', () => {
  for (const file of [
    'tests/metadata/fixtures/everything.odcs.yaml',
    ...ownFiles.map((name) => `contracts/${name}`),
  ])
    expect(documentSchema.safeParse(read(file)).error?.issues ?? [], file).toEqual([]);
});

if (!hasOfficialSchema) test.skip(skipMessage, () => undefined);

describe.runIf(hasOfficialSchema)('the same verdict as the official JSON Schema', () => {
  const official = hasOfficialSchema ? officialVerdict() : () => true;
  const ours = (document: Json): boolean => documentSchema.safeParse(document).success;

  test('the document of every field leaves no field of the standard out', () => {
    const used = new Set([...pathsOf(everything)].map((path) => String(path.at(-1))));
    expect([...fieldNames(officialSchema())].filter((name) => !used.has(name))).toEqual([]);
  });

  test.each(documents)(
    'on every single change of $name',
    ({ name, document }) => {
      expect(official(document)).toBe(true);
      const verdicts = { accepted: 0, refused: 0 };
      const differing: string[] = [];
      const step = name.endsWith('.yaml') ? 5 : 1;
      let tried = 0;
      let added = 0;
      for (const mutation of mutationsOf(document, fieldsEverywhere)) {
        if (tried++ % step > 0) continue;
        // Every field in every place would be 16,000 cases: one in seven tries each field in many places.
        if (mutation.name.startsWith('add ') && added++ % 7 > 0) continue;
        const accepted = official(mutation.document) === true;
        verdicts[accepted ? 'accepted' : 'refused'] += 1;
        if (ours(mutation.document) !== accepted)
          differing.push(`${mutation.name}: official says ${accepted}`);
      }
      expect(differing.slice(0, 40)).toEqual([]);
      expect(verdicts.accepted).toBeGreaterThan(20);
      expect(verdicts.refused).toBeGreaterThan(200);
    },
    300_000,
  );

  test('on seeded changes of two places at once', () => {
    const pick = seeded(31);
    const paths = [...pathsOf(everything)].filter((path) => path.length > 0);
    const values = Object.values(fieldsEverywhere);
    const differing: string[] = [];
    for (let round = 0; round < 3000; round += 1) {
      let document = everything;
      const done: string[] = [];
      for (let count = 0; count < 2; count += 1) {
        const path = paths[pick(paths.length)] ?? [];
        const value = values[pick(values.length)] ?? null;
        const drop = pick(3) === 0;
        try {
          document = changed(document, path, drop ? undefined : value);
        } catch {
          continue; // the first change took the second place away
        }
        done.push(`${path.join('.')} := ${drop ? 'nothing' : JSON.stringify(value)}`);
      }
      const accepted = official(document) === true;
      if (ours(document) !== accepted) differing.push(`${done.join('; ')}: official says ${accepted}`);
    }
    expect(differing.slice(0, 20)).toEqual([]);
  }, 300_000);
});

function fieldNames(node: unknown, found = new Set<string>()): Set<string> {
  if (typeof node !== 'object' || node === null) return found;
  const { properties } = node as { properties?: unknown };
  const isSchema =
    'type' in node || 'allOf' in node || 'if' in node || '$ref' in node || Object.keys(node).length <= 2;
  if (isSchema && typeof properties === 'object' && properties !== null)
    for (const name of Object.keys(properties)) found.add(name);
  for (const inner of Object.values(node)) fieldNames(inner, found);
  return found;
}
