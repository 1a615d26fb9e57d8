import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** The other engines' packages go into a folder of their own, once. */
const environment = resolve('node_modules/.cache/iceberg-interop');
const requirements = join(import.meta.dirname, 'requirements.txt');
const tries = 3;

/** Either a Python that has the packages, or why there is none: only a machine without Python is no failure. */
export type Installed =
  | { readonly python: string }
  | { readonly skipped: string }
  | { readonly failed: string };

export async function installPython(): Promise<Installed> {
  const python = join(environment, 'venv', 'bin', 'python');
  const mark = join(environment, 'installed');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return { python };
  const check = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
  const version = spawnSync('python3', ['-c', check]);
  if (version.error !== undefined) return { skipped: 'there is no python3 on this machine.' };
  if (version.status !== 0) return { failed: 'python3 is older than 3.10, or has no venv (python3-venv).' };
  mkdirSync(environment, { recursive: true });
  const made = spawnSync('python3', ['-m', 'venv', join(environment, 'venv')], { stdio: 'inherit' });
  if (made.status !== 0) return { failed: `python3 -m venv could not make ${environment}.` };
  if (!(await installPackages(python))) {
    return {
      failed: `pip could not install ${requirements} in ${tries} tries. It needs the network, and room for 730 MB.`,
    };
  }
  writeFileSync(mark, wanted);
  return { python };
}

/** A registry that does not answer for a moment is no reason to fail. */
async function installPackages(python: string): Promise<boolean> {
  for (let count = 1; count <= tries; count += 1) {
    const { status } = spawnSync(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements], {
      stdio: 'inherit',
    });
    if (status === 0) return true;
    process.stdout.write(`pip failed, try ${count} of ${tries}\n`);
    if (count < tries) await setTimeout(count * 1000);
  }
  return false;
}
