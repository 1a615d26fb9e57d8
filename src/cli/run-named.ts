import { findRun } from '../audit/sqlite/index.ts';
import type { Cli } from './cli.ts';
import type { LogOptions } from './common-options.ts';
import { withLog } from './open-log.ts';

/** The id of the run that is meant: an id, the beginning of one, or `last`. Throws RUN_UNKNOWN. */
export const runNamed = (cli: Cli, options: LogOptions, run: string): Promise<string> =>
  withLog(cli, options, (log) => findRun(log, run));
