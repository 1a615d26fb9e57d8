import { createRequire } from 'node:module';

/** The package's version. By the package's own name: the way to package.json is not the same from `src/` and from the bundle. */
export function serverVersion(): string {
  const { version }: { version?: string } = createRequire(import.meta.url)('aiworkflow/package.json');
  return version ?? '0.0.0';
}
