import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly name: string;
  readonly version: string;
};

export const version = manifest.version;
/** Name and version, as every run carries it. */
export const program = `${manifest.name} ${manifest.version}`;
