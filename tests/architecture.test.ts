import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';

// The whole layer table. A layer that is not listed here may not exist in src/.
const leaf = ['domain', 'errors', 'ports'];
const adapters = ['templating', 'definitions', 'models', 'tools', 'contracts', 'audit', 'governance'];
// What a project writes about its data: contracts, mappings, policies. Read alike by the servers and the command line.
const documents = ['domain', 'errors', 'metadata'];
const everything = [
  ...leaf,
  'metadata',
  'lineage',
  ...adapters,
  'engine',
  'servers',
  'runtime.ts',
  'index.ts',
  'runtime',
];
const mayImport: Record<string, string[]> = {
  domain: [],
  errors: ['domain'],
  ports: ['domain', 'errors'],
  engine: leaf,
  templating: leaf,
  definitions: leaf,
  models: leaf,
  tools: leaf,
  contracts: leaf,
  audit: leaf,
  governance: leaf,
  metadata: ['domain', 'errors'],
  // What the log and the documents say of a value, and OpenLineage's words for it.
  lineage: [...leaf, 'metadata'],
  // Programs of their own: they share only the words, the errors and the documents about data with the rest.
  servers: documents,
  // The composition root and its parts.
  runtime: [...leaf, ...adapters, 'engine', 'testing', 'runtime.ts'],
  'runtime.ts': [...leaf, ...adapters, 'engine', 'runtime', 'testing'],
  'index.ts': everything,
  'log.ts': [...leaf, 'engine', 'audit'],
  testing: [...leaf, 'engine', 'audit'],
  cli: everything,
};
const pureLayers = new Set(['domain', 'errors', 'ports', 'engine']);
// Pure functions only: no file, no network, no clock.
const purePackages = new Set(['zod', 'fastest-levenshtein']);

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => posix.join('src', path.replaceAll('\\', '/')))
  .filter((path) => path.endsWith('.ts'));

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1]!);

test.each(sources)('%s imports only what its layer may know', (file) => {
  const layer = file.split('/')[1]!;
  const allowed = mayImport[layer];
  expect(allowed, `layer "${layer}" is not in the table`).toBeDefined();
  const wrong = importsOf(file)
    .filter((target) => target.startsWith('.'))
    .map((target) => posix.join(posix.dirname(file), target).split('/')[1]!)
    .filter((target) => target !== layer && !allowed!.includes(target));
  expect(wrong).toEqual([]);
});

// Parts that another one can stand in for: the rest of the program knows them by their index alone.
const replaceable = ['src/servers/lake/iceberg'];

test.each(replaceable)('%s is imported by its index alone', (part) => {
  const deeper = sources
    .filter((file) => !file.startsWith(`${part}/`))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => posix.join(posix.dirname(file), target))
        .filter((target) => target.startsWith(`${part}/`) && target !== `${part}/index.ts`)
        .map((target) => `${file}: ${target}`),
    );
  expect(deeper).toEqual([]);
});

test.each(sources.filter((file) => pureLayers.has(file.split('/')[1]!)))(
  '%s touches no outer world',
  (file) => {
    const packages = importsOf(file).filter((target) => !target.startsWith('.') && !purePackages.has(target));
    expect(packages).toEqual([]);
  },
);
