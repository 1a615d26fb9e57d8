import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteCatalog, serveRest } from '../../src/servers/lake/iceberg/index.ts';
import { installPython } from './install-python.ts';

/*
 * npm run test:interop: other engines read the lake's tables, and the lake reads theirs. PyIceberg (by file, SQL catalog
 * and REST), Sail (an engine in Rust), fastavro for the manifests. On a machine without Python nothing is compared, which is
 * no failure unless AIWORKFLOW_INTEROP=required says so.
 */

process.exitCode = await main();

async function main(): Promise<number> {
  const installed = await installPython();
  if ('failed' in installed) {
    process.stdout.write(`FAILED, nothing was compared: ${installed.failed}\n`);
    return 1;
  }
  if ('skipped' in installed) {
    const isRequired = process.env['AIWORKFLOW_INTEROP'] === 'required';
    const word = isRequired ? 'FAILED (AIWORKFLOW_INTEROP=required)' : 'SKIPPED';
    process.stdout.write(`!!! ${word}: no engine read anything, for ${installed.skipped}\n`);
    return isRequired ? 1 : 0;
  }
  const { python } = installed;
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
  await step('PyIceberg makes and changes tables over REST, and we read and extend them', [
    process.execPath,
    'tests/interop/rest-writes.ts',
    python,
    join(folder, 'rest'),
  ]);
  mkdirSync(theirs);
  await step('PyIceberg makes tables', [python, 'tests/interop/write_tables.py', theirs]);
  await step('Sail makes a table', [python, 'tests/interop/write_with_sail.py', theirs]);
  await step('we read their tables, and extend one', [
    process.execPath,
    'tests/interop/read-foreign.ts',
    theirs,
  ]);
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
