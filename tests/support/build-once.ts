import { spawnSync } from 'node:child_process';

/**
 * Tests that start the CLI as a child process start what is in dist/: it must be what is in src/. Built only when it
 * is older, so that two test runs at once do not pull it from under each other. Type errors do not keep a file from
 * being written, and are the business of `npm run check`.
 */
export default function buildOnce(): void {
  spawnSync(process.execPath, ['scripts/setup.mjs'], { stdio: 'ignore' });
}
