import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DefinitionError, messageOf } from '../../errors/index.ts';
import { SqliteCatalog, serveRest } from './iceberg/index.ts';
import type { LakeSettings } from './parse-args.ts';
import type { RestAddress } from './rest-address.ts';

/**
 * Serves the warehouse's tables for reading, over a read-only connection to its catalog, and says on standard error where.
 * @throws DefinitionError FILE_UNREADABLE without a warehouse, USAGE for an address that cannot be taken or a token that is not set.
 */
export async function openRestFront({
  warehouse,
  rest,
}: Pick<LakeSettings, 'warehouse' | 'rest'>): Promise<{ close(): Promise<void> } | undefined> {
  if (!rest) return undefined;
  const token = tokenOf(rest);
  const { folder, catalog } = openCatalog(warehouse);
  const front = await serveRest({ ...rest, folder, catalog, token }).catch((error: unknown) => {
    catalog.close();
    throw cannotListen(rest, error);
  });
  process.stderr.write(`lake: Iceberg REST catalog at ${front.url}\n`);
  return {
    close: async () => {
      await front.close();
      catalog.close();
    },
  };
}

function tokenOf({ tokenVariable }: RestAddress): string | undefined {
  if (tokenVariable === undefined) return undefined;
  const token = process.env[tokenVariable]?.trim();
  if (token) return token;
  throw new DefinitionError({
    code: 'USAGE',
    message: `--rest-token-env names ${tokenVariable}, which is not set.`,
    hint: `export ${tokenVariable}=… (clients send it as a bearer token).`,
  });
}

function openCatalog(warehouse: string): { folder: string; catalog: SqliteCatalog } {
  const file = join(resolve(warehouse), 'catalog.sqlite');
  if (!existsSync(file)) {
    throw new DefinitionError({
      code: 'FILE_UNREADABLE',
      message: `There is no warehouse in ${resolve(warehouse)}: it has no catalog.sqlite.`,
      hint: 'name the folder of the tables: --warehouse <dir>. Loading a file makes one.',
    });
  }
  return {
    folder: realpathSync(resolve(warehouse)),
    catalog: new SqliteCatalog({ file, name: 'lake', readOnly: true }),
  };
}

function cannotListen({ host, port }: RestAddress, error: unknown): DefinitionError {
  return new DefinitionError({
    code: 'USAGE',
    message: `The REST catalog cannot listen on ${host}:${port}: ${messageOf(error)}`,
    hint: 'choose another address or port: --rest 127.0.0.1:8182 (port 0 takes a free one).',
    cause: error,
  });
}
