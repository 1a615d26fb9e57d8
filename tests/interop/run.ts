import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SqliteCatalog, serveRest } from '../../src/servers/lake/iceberg/index.ts';

/*
 * npm run test:interop: other engines read the lake's tables, and the lake reads theirs. PyIceberg (by file, SQL catalog
 * and REST), Sail (an engine in Rust), fastavro for the manifests. Their packages go into a folder of their own, once.
 */

const environment = resolve('node_modules/.cache/iceberg-interop');
const requirements = 'tests/interop/requirements.txt';

process.exitCode = await main();

async function main(): Promise<number> {
  const python = install();
  if (typeof python !== 'string') {
    process.stdout.write(`skipped: ${python.reason}\n`);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'iceberg-interop-'));
  try {
    return await compare(python, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(python: string, folder: string): Promise<number> {
  const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
  const failed: string[] = [];
  const step = async (name: string, command: readonly string[]) => {
    const code = await run(command);
    process.stdout.write(code === 0 ? `== ${name}: ok\n` : `== ${name}: FAILED (${code})\n`);
    if (code !== 0) failed.push(name);
  };
  await step('make our tables', [process.execPath, 'tests/interop/make-tables.ts', ours]);
  await step('fastavro reads our manifests', [python, 'tests/interop/read_manifests.py', ours]);
  await step('Sail reads our tables', [python, 'tests/interop/read_with_sail.py', ours]);
  const catalog = new SqliteCatalog({ file: join(ours, 'catalog.sqlite'), name: 'lake', readOnly: true });
  const front = await serveRest({ catalog, folder: ours, port: 0 });
  await step('PyIceberg reads and extends our tables', [
    python,
    'tests/interop/read_tables.py',
    ours,
    front.url,
  ]);
  await front.close();
  catalog.close();
  await step('we read what PyIceberg added to ours', [
    process.execPath,
    'tests/interop/read-extended.ts',
    ours,
  ]);
  await compareLake(python, { folder: join(folder, 'server'), step });
  mkdirSync(theirs);
  await step('PyIceberg makes tables', [python, 'tests/interop/write_tables.py', theirs]);
  await step('we read and extend its tables', [process.execPath, 'tests/interop/read-foreign.ts', theirs]);
  await step('PyIceberg reads what we added to its', [python, 'tests/interop/read_extended.py', theirs]);
  process.stdout.write(failed.length === 0 ? 'all engines agree\n' : `failed: ${failed.join(', ')}\n`);
  return failed.length === 0 ? 0 : 1;
}

/** The same for tables that the lake's server wrote with its own tools; its REST catalog with a token. */
async function compareLake(
  python: string,
  { folder, step }: { folder: string; step: (name: string, command: readonly string[]) => Promise<void> },
): Promise<void> {
  await step("the lake's server makes tables", [
    process.execPath,
    'tests/interop/make-lake-tables.ts',
    folder,
  ]);
  const warehouse = join(folder, 'lake');
  const catalog = new SqliteCatalog({
    file: join(warehouse, 'catalog.sqlite'),
    name: 'lake',
    readOnly: true,
  });
  const front = await serveRest({ catalog, folder: warehouse, port: 0, token: 'interop' });
  await step("PyIceberg reads the server's tables", [
    python,
    'tests/interop/read_lake_tables.py',
    folder,
    front.url,
  ]);
  await front.close();
  catalog.close();
  await step("Sail reads the server's tables", [python, 'tests/interop/read_lake_with_sail.py', folder]);
}

/** The environment's Python, or why there is none. */
function install(): string | { readonly reason: string } {
  const python = join(environment, 'venv', 'bin', 'python');
  const mark = join(environment, 'installed');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return python;
  const version = spawnSync('python3', [
    '-c',
    'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))',
  ]);
  if (version.status !== 0) return { reason: 'there is no python3 of version 3.10 or newer with venv.' };
  mkdirSync(environment, { recursive: true });
  const made = spawnSync('python3', ['-m', 'venv', join(environment, 'venv')], { stdio: 'inherit' });
  const installed = spawnSync(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements], {
    stdio: 'inherit',
  });
  if (made.status !== 0 || installed.status !== 0)
    return { reason: `pip could not install ${requirements}.` };
  writeFileSync(mark, wanted);
  return python;
}

function run([program = '', ...parameters]: readonly string[]): Promise<number> {
  const child = spawn(program, parameters, {
    stdio: 'inherit',
    env: { ...process.env, PYTHONWARNINGS: 'ignore', RUST_LOG: 'error' },
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 1));
  });
}
