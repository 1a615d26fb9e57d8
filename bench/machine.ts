import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

const require = createRequire(import.meta.url);

/** Where and when figures were taken: without it they say nothing. */
export function machineLine(): string {
  const [first] = cpus();
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  const day = new Date().toISOString().slice(0, 10);
  const versions = ['openai', 'better-sqlite3'].map((name) => `${name} ${versionOf(name)}`);
  return [
    `${day}; ${cpus().length} × ${first?.model.trim()}, ${memoryGb} GB, ${type()} ${release()}`,
    `Node ${process.version}, ${versions.join(', ')}`,
  ].join('; ');
}

/** Processes that wanted a core in the last minute; the benchmark itself is about two of them. */
export function loadNow(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

function versionOf(name: string): string {
  const file = require.resolve(name).replace(new RegExp(`(node_modules/${name})/.*`), '$1/package.json');
  return String(JSON.parse(readFileSync(file, 'utf8')).version);
}
