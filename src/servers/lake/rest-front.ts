import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DefinitionError, messageOf } from '../../errors/index.ts';
import { openWarehouse, type RestWrites, SqliteCatalog, serveRest, type TableName } from './iceberg/index.ts';
import type { LakeSettings } from './parse-args.ts';
import type { RestAddress } from './rest-address.ts';
import { isRawSchema } from './storage/audit-columns.ts';
import { summaryKeys } from './storage/summary-keys.ts';

/**
 * Serves the warehouse's tables, over a read-only connection to its catalog where nothing may be changed, and says on standard error where.
 * @throws DefinitionError FILE_UNREADABLE without a warehouse, USAGE for an address that cannot be taken or a token that is not set.
 */
export async function openRestFront({
  warehouse,
  rest,
}: Pick<LakeSettings, 'warehouse' | 'rest'>): Promise<{ close(): Promise<void> } | undefined> {
  if (!rest) return undefined;
  const token = tokenOf(rest);
  const { folder, catalog } = openCatalog(warehouse);
  const writes = rest.mayWrite ? openWrites(folder) : undefined;
  const close = () => {
    catalog.close();
    writes?.warehouse.close();
  };
  const front = await serveRest({ ...rest, folder, catalog, token, writes }).catch((error: unknown) => {
    close();
    throw cannotListen(rest, error);
  });
  process.stderr.write(`lake: Iceberg REST catalog at ${front.url}\n`);
  if (writes) process.stderr.write('lake: clients with the token may change tables\n');
  return {
    close: async () => {
      await front.close();
      close();
    },
  };
}

/** Other engines write the files; here they are only made part of a table. */
function openWrites(folder: string): RestWrites {
  const engine = {
    run: () => Promise.reject(new Error('Clients of the REST catalog write their files themselves.')),
  };
  return {
    warehouse: openWarehouse({ folder, engine }),
    closed: whyClosed,
    isReserved: (key) => key.startsWith('aiworkflow.'),
    sign: (client) => ({ [summaryKeys.outside]: client?.slice(0, 200) ?? 'a client without a name' }),
  };
}

/** Each record that was read is in its bronze table or among the rejects: rows from elsewhere would break that sum. */
function whyClosed({ namespace, name }: TableName): string | undefined {
  const table = [...namespace, name].join('.');
  if (!isRawSchema(table)) return undefined;
  return `${table} is a bronze table: what is read is loaded or rejected, and only the lake's ingest writes it. Write into a schema that does not end with _raw.`;
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
