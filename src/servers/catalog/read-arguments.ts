import { parseArgs } from 'node:util';
import { DefinitionError, messageOf } from '../../errors/index.ts';
import { feedsIn } from './load-catalog.ts';

export interface CatalogArguments {
  /** Folder of contracts, with policies in its folder `policies`. */
  readonly contracts: string;
  /** Folder of registered feeds. */
  readonly feeds: string;
  /** SQLite file of proposals, decisions and registrations. */
  readonly database: string;
}

/** Throws DefinitionError USAGE. */
export function readArguments(args: readonly string[]): CatalogArguments {
  const values = parse(args);
  const { contracts, feeds = feedsIn(contracts), database } = values;
  return { contracts, feeds, database };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        contracts: { type: 'string', default: 'contracts' },
        feeds: { type: 'string' },
        database: { type: 'string', default: '.aiworkflow/catalog.sqlite' },
      },
      strict: true,
    });
    return values;
  } catch (cause) {
    throw new DefinitionError({
      code: 'USAGE',
      message: `aiworkflow server catalog: ${messageOf(cause)}`,
      hint: 'aiworkflow server catalog --contracts <dir> [--feeds <dir>] [--database <file>]',
      cause,
    });
  }
}
