import { parseArgs } from 'node:util';
import { DefinitionError, messageOf } from '../../errors/index.ts';
import { feedsIn } from './load-catalog.ts';

export interface CatalogArguments {
  /** Folder of contracts, with policies in its folder `policies`. */
  readonly contracts: string;
  /** Folder of registered feeds. */
  readonly feeds: string;
  /** SQLite file of proposals, decisions and registrations. */
  readonly changes: string;
  /** Documents are there instead of in the folders. */
  readonly openMetadata: OpenMetadataArguments | undefined;
}

export interface OpenMetadataArguments {
  readonly url: string;
  readonly service: string;
  readonly database: string;
  readonly policyGlossary: string;
  /** Environment variable that holds the token: never an argument, which every process of the machine can read. */
  readonly tokenEnv: string;
}

const usage =
  'aiworkflow server catalog [--contracts <dir>] [--feeds <dir>] [--database <file>], or --openmetadata <url> [--om-service <name>] [--om-database <name>] [--policy-glossary <name>] [--token-env <NAME>] [--database <file>]';

/** Throws DefinitionError USAGE. */
export function readArguments(args: readonly string[]): CatalogArguments {
  const given = parse(args);
  const {
    contracts = 'contracts',
    feeds = feedsIn(contracts),
    database = '.aiworkflow/catalog.sqlite',
  } = given;
  const folders = { contracts, feeds, changes: database };
  const { openmetadata: url } = given;
  if (url === undefined) {
    refuse(given, ['om-service', 'om-database', 'policy-glossary', 'token-env'], 'is for --openmetadata.');
    return { ...folders, openMetadata: undefined };
  }
  refuse(given, ['contracts', 'feeds'], 'and --openmetadata exclude each other: documents are in one place.');
  const {
    'om-service': service = 'lake',
    'om-database': name = 'lake',
    'policy-glossary': policyGlossary = 'BusinessPolicies',
    'token-env': tokenEnv = 'OPENMETADATA_JWT',
  } = given;
  return { ...folders, openMetadata: { url, service, database: name, policyGlossary, tokenEnv } };
}

type Given = ReturnType<typeof parse>;

function refuse(given: Given, names: readonly (keyof Given)[], why: string): void {
  const name = names.find((one) => given[one] !== undefined);
  if (name !== undefined) throw wrongUsage(`--${name} ${why}`);
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        contracts: text,
        feeds: text,
        database: text,
        openmetadata: text,
        'om-service': text,
        'om-database': text,
        'policy-glossary': text,
        'token-env': text,
      },
      strict: true,
    }).values;
  } catch (cause) {
    throw wrongUsage(messageOf(cause), cause);
  }
}

function wrongUsage(message: string, cause?: unknown): DefinitionError {
  return new DefinitionError({
    code: 'USAGE',
    message: `aiworkflow server catalog: ${message}`,
    hint: usage,
    ...(cause !== undefined && { cause }),
  });
}
