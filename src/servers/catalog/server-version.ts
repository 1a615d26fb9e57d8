import { readFileSync } from 'node:fs';

/** The package's version; package.json is three folders up from `src/` and from `dist/` alike. */
export function serverVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  const { version }: { version?: string } = JSON.parse(readFileSync(file, 'utf8'));
  return version ?? '0.0.0';
}
