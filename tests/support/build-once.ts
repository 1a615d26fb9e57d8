import { execFileSync } from 'node:child_process';

/** Tests that start the CLI as a child process start what is in dist/: it must be what is in src/. */
export default function buildOnce(): void {
  execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.json'], { stdio: 'inherit' });
}
