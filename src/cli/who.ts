import { userInfo } from 'node:os';
import type { Cli } from './cli.ts';

/** Who is named in the log for what a person decides, unless `--by` says otherwise. */
export function who({ env }: Pick<Cli, 'env'>): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return env['USER'] ?? env['USERNAME'] ?? 'unknown';
  }
}
