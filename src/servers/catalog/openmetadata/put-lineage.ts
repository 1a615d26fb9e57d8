import { z } from 'zod';
import type { OpenMetadataClient } from './client.ts';
import { type TableEntity, tableEntity } from './entities.ts';
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

export interface SentLineage {
  readonly edges: number;
  /** Tables that the server does not know: edges from and to them were left out. */
  readonly unknown: readonly string[];
}

/**
 * Tells the server where rows came from: `PUT /lineage`, one edge each. Tables and columns that it does not know are left out.
 * Throws AiworkflowError CATALOG_FAILED.
 */
export async function putLineage(
  { client, places }: { readonly client: OpenMetadataClient; readonly places: Places },
  edges: readonly LineageEdge[],
): Promise<SentLineage> {
  const known = new Map<string, TableEntity>();
  const tables = new Set(edges.flatMap(({ from, to }) => [from, to]));
  for (const name of tables) {
    const path = `/tables/name/${encodeURIComponent(places.tableName(name))}?fields=columns`;
    const table = await client.find(path, tableEntity);
    if (table) known.set(name, table);
  }
  let sent = 0;
  for (const edge of edges) {
    const [from, to] = [known.get(edge.from), known.get(edge.to)];
    if (!from || !to) continue;
    const ends = { fromEntity: { id: from.id, type: 'table' }, toEntity: { id: to.id, type: 'table' } };
    const body = { edge: { ...ends, lineageDetails: detailsOf(edge, { from, to, places }) } };
    await client.send({ method: 'PUT', path: '/lineage', body }, z.unknown());
    sent += 1;
  }
  return { edges: sent, unknown: [...tables].filter((name) => !known.has(name)) };
}

/** A column that the server's table lacks, as those that ingest adds, would make it refuse the whole edge. */
function detailsOf(
  { sql, description, columns = [], ...edge }: LineageEdge,
  { from, to, places }: { readonly from: TableEntity; readonly to: TableEntity; readonly places: Places },
) {
  const has = ({ columns: held }: TableEntity, name: string): boolean =>
    held.some((one) => one.name === name);
  const column = (table: string, name: string): string => `${places.tableName(table)}.${name}`;
  return {
    source: 'QueryLineage',
    ...(sql !== undefined && { sqlQuery: sql }),
    ...(description !== undefined && { description }),
    columnsLineage: columns
      .map((one) => ({ ...one, from: one.from.filter((name) => has(from, name)) }))
      .filter((one) => one.from.length > 0 && has(to, one.to))
      .map(({ from: sources, to: target, function: rule }) => ({
        fromColumns: sources.map((source) => column(edge.from, source)),
        toColumn: column(edge.to, target),
        ...(rule !== undefined && { function: rule }),
      })),
  };
}
