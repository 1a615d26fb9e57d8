import { spawnSync } from 'node:child_process';

/**
 * Tests that start the CLI as a child process start what is in dist/: it must be what is in src/. Type errors do
 * not keep a file from being written, and are the business of `npm run check`.
 */
export default function buildOnce(): void {
  spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.json'], { stdio: 'ignore' });
}
