import { z } from 'zod';
import { AiworkflowError } from '../../../errors/index.ts';
import type { OpenMetadataClient } from './client.ts';
import { tableEntity } from './entities.ts';
import type { Places } from './places.ts';

/** Rows of `to` were made from rows of `from`: tables of the lake, `schema.table`. */
export interface LineageEdge {
  readonly from: string;
  readonly to: string;
  readonly sql?: string;
  readonly description?: string;
  /** Names of columns, without their tables. */
  readonly columns?: readonly {
    readonly from: readonly string[];
    readonly to: string;
    readonly function?: string;
  }[];
}

/** Tells the server where rows came from: `PUT /lineage`, one edge each. Throws AiworkflowError CATALOG_FAILED for a table that it does not know. */
export async function putLineage(
  { client, places }: { readonly client: OpenMetadataClient; readonly places: Places },
  edges: readonly LineageEdge[],
): Promise<void> {
  const ids = new Map<string, string>();
  for (const table of new Set(edges.flatMap(({ from, to }) => [from, to])))
    ids.set(table, await idOf(client, places.tableName(table)));
  for (const edge of edges) {
    const ends = { fromEntity: reference(ids, edge.from), toEntity: reference(ids, edge.to) };
    const body = { edge: { ...ends, lineageDetails: detailsOf(edge, places) } };
    await client.send({ method: 'PUT', path: '/lineage', body }, z.unknown());
  }
}

async function idOf(client: OpenMetadataClient, name: string): Promise<string> {
  const table = await client.find(`/tables/name/${encodeURIComponent(name)}`, tableEntity);
  if (table) return table.id;
  throw new AiworkflowError({
    code: 'CATALOG_FAILED',
    message: `The server knows no table ${name}, so nothing can be said of where its rows came from.`,
    hint: 'publish its contract first.',
  });
}

const reference = (ids: ReadonlyMap<string, string>, table: string) => ({
  id: ids.get(table) ?? '',
  type: 'table',
});

function detailsOf({ sql, description, columns = [], from, to }: LineageEdge, places: Places) {
  const column = (table: string, name: string): string => `${places.tableName(table)}.${name}`;
  return {
    source: 'QueryLineage',
    ...(sql !== undefined && { sqlQuery: sql }),
    ...(description !== undefined && { description }),
    columnsLineage: columns.map(({ from: sources, to: target, function: rule }) => ({
      fromColumns: sources.map((source) => column(from, source)),
      toColumn: column(to, target),
      ...(rule !== undefined && { function: rule }),
    })),
  };
}
