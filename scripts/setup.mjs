// Makes a clone ready: `npm run demo` and `npm test` call it first. Plain JavaScript for Node 20 and no package:
// it runs before anything is installed. Does nothing, and says nothing, when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

// npm writes this file at the end of an install: a broken-off install does not count as one.
const installed = 'node_modules/.package-lock.json';

if (modifiedMs(installed) < modifiedMs('package-lock.json')) {
  console.log('Installing the packages of package-lock.json (npm install) …');
  run('npm', ['install', '--no-audit', '--no-fund']);
}
if (Math.min(modifiedMs('dist/cli/main.js'), modifiedMs('dist/bundle/main.js')) < newestMs('src')) {
  console.log('Building dist/ (npm run build) …');
  run('npm', ['run', '--silent', 'build']);
}

/** Milliseconds since 1970; 0 for what is not there, so that it is older than everything. */
function modifiedMs(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function newestMs(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const times = entries.map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? Math.max(newestMs(path), statSync(path).mtimeMs) : modifiedMs(path);
  });
  return Math.max(0, ...times);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  console.error(`Error: ${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}.`);
  process.exit(status ?? 1);
}
