import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../errors/index.ts';
import type { Examination } from './finding.ts';

export const node: Examination = {
  what: 'node',
  // Reaching this line proves that it is new enough: the program's first act is to look.
  examine: async () => [{ level: 'ok', text: `${process.version} at ${process.execPath}` }],
};

export const duckdb: Examination = {
  what: 'duckdb',
  async examine() {
    try {
      const { DuckDBInstance, version } = await import('@duckdb/node-api');
      (await DuckDBInstance.create(':memory:')).closeSync();
      return [{ level: 'ok', text: `${version()} loads` }];
    } catch (error) {
      return [
        {
          level: 'fail',
          text: `does not load: ${messageOf(error)}`,
          advice: 'npm install (its binary for this system is missing)',
        },
      ];
    }
  },
};

const gigabyte = 1024 ** 3;
// A day of runs with large tool results is some hundred megabytes; at less than that a run may die in the middle.
const littleBytes = 2 * gigabyte;
const tooLittleBytes = gigabyte / 4;

export function diskSpace(file: string): Examination {
  return {
    what: 'disk',
    async examine() {
      const { bavail, bsize } = await statfs(existingFolder(file));
      const free = bavail * bsize;
      const text = `${(free / gigabyte).toFixed(1)} GB free for the log`;
      if (free >= littleBytes) return [{ level: 'ok', text }];
      const level = free < tooLittleBytes ? 'fail' : 'warn';
      return [{ level, text, advice: 'free space, or keep the log elsewhere: --db or AIWORKFLOW_DB' }];
    },
  };
}

function existingFolder(file: string): string {
  const folder = dirname(file);
  return existsSync(folder) || folder === dirname(folder) ? folder : existingFolder(folder);
}
