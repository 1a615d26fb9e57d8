// Puts the command line into dist/bundle/: a start that loads a few large files in place of seven hundred takes half
// the time (docs/benchmarks.md). Made from src/, not from what tsc writes: a type error must not leave an old program in place.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist/bundle');

// Native parts find their files beside themselves; the spreadsheet reader is needed for one kind of file.
const external = ['better-sqlite3', '@duckdb/node-api', /^read-excel-file/];

// Without groups every file that two commands share is a file of its own, and `run` needs most of them. A group takes
// what its files import as well, unless a group before it has that: so no two files of the bundle import each other.
// `start` and `show` are loaded for `--help` too: nothing heavy may be in them.
const groups = Object.entries({
  start: /src[\\/]cli[\\/](main|common-options|wrong-usage)\.ts$/,
  show: /src[\\/](cli[\\/](render[\\/]|run-summary)|engine[\\/]fold-run\.ts$)/,
  log: /src[\\/]audit[\\/]sqlite[\\/]index\.ts$/,
  run: /src[\\/](runtime|runtime[\\/]run-workflow-file|cli[\\/]schema-compiler|definitions[\\/]load-(project|workflow)|models[\\/]model-source)\.ts$/,
}).map(([name, test], index, all) => ({ name, test, priority: all.length - index }));

const bundle = await rolldown({
  cwd: root,
  // The thread that hashes large files is started from a file of its own.
  input: { main: 'src/cli/main.ts', 'hash-worker': 'src/servers/lake/sources/hash-worker.ts' },
  platform: 'node',
  external,
  // `index.ts` files name what some commands load later.
  checks: { ineffectiveDynamicImport: false },
});
const { output } = await bundle.write({
  dir: folder,
  cleanDir: true,
  format: 'esm',
  sourcemap: true,
  comments: false,
  // All files lie flat: src/runtime finds package.json and bin/ two folders up, here as in src/ and in dist/.
  chunkFileNames: '[name]-[hash].js',
  codeSplitting: { groups },
});
await bundle.close();
writeNotices(output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : [])));

/** The licences of what was copied into the bundle ask that their text goes with it. */
function writeNotices(moduleIds) {
  const packages = new Set(moduleIds.map(packageFolder).filter((found) => found !== undefined));
  const notices = [...packages].sort().map(notice);
  writeFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), notices.join(`\n\n${'-'.repeat(80)}\n\n`));
}

function packageFolder(id) {
  return /^.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0];
}

function notice(path) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  const files = readdirSync(path).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = files.map((file) => readFileSync(join(path, file), 'utf8').trim());
  const by = author?.name ?? author ?? name;
  if (texts.length === 0)
    texts.push(`By ${by}. The package holds no licence text; its package.json says ${license}.`);
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}
