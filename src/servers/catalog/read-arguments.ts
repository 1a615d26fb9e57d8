import { parseArgs } from 'node:util';
import { DefinitionError, messageOf } from '../../errors/index.ts';

export interface CatalogArguments {
  readonly contracts: string;
}

/** Throws DefinitionError USAGE. */
export function readArguments(args: readonly string[]): CatalogArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { contracts: { type: 'string', default: 'contracts' } },
      strict: true,
    });
    return { contracts: values.contracts };
  } catch (cause) {
    throw new DefinitionError({
      code: 'USAGE',
      message: `aiworkflow server catalog: ${messageOf(cause)}`,
      hint: 'aiworkflow server catalog --contracts <dir>',
      cause,
    });
  }
}
