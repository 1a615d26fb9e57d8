import { z } from 'zod';
import { messageOf } from '../../../errors/index.ts';
import type { OpenMetadataClient } from './client.ts';
import { type TableEntity, tableEntity } from './entities.ts';
import type { Places } from './places.ts';
import { type PlainTable, putTable } from './put-table.ts';

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
  /** Tables that the server did not know and does now. */
  readonly made: readonly string[];
  /** Tables that it does not know, and why: edges from and to them were left out. */
  readonly unknown: readonly { readonly table: string; readonly why: string }[];
  /** `schema.table.column`: columns of edges that the server's table lacks. */
  readonly withoutColumns: readonly string[];
}

/**
 * Tells the server where rows came from: `PUT /lineage`, one edge each. A table that it does not know, as no contract of it was
 * published, is made there as the lake has it; one that is there is not changed, and columns that it lacks are left out.
 * Throws AiworkflowError CATALOG_FAILED; a table that the server refuses ends nothing but its own edges.
 */
export async function putLineage(
  { client, places }: { readonly client: OpenMetadataClient; readonly places: Places },
  {
    edges,
    tableOf,
  }: {
    readonly edges: readonly LineageEdge[];
    /** Undefined for a table that the lake does not have any more. */
    readonly tableOf: (name: string) => Promise<PlainTable | undefined>;
  },
): Promise<SentLineage> {
  const known = new Map<string, TableEntity>();
  const made: string[] = [];
  const unknown: SentLineage['unknown'][number][] = [];
  for (const name of new Set(edges.flatMap(({ from, to }) => [from, to]))) {
    const found = await findOrMake({ client, places }, { name, tableOf });
    if ('why' in found) unknown.push({ table: name, why: found.why });
    else known.set(name, found.table);
    if ('isNew' in found) made.push(name);
  }
  const withoutColumns = new Set<string>();
  let sent = 0;
  for (const edge of edges) {
    const [from, to] = [known.get(edge.from), known.get(edge.to)];
    if (!from || !to) continue;
    const ends = { fromEntity: { id: from.id, type: 'table' }, toEntity: { id: to.id, type: 'table' } };
    const body = { edge: { ...ends, lineageDetails: detailsOf(edge, { from, to, places }) } };
    await client.send({ method: 'PUT', path: '/lineage', body }, z.unknown());
    for (const column of columnsLacking(edge, { from, to })) withoutColumns.add(column);
    sent += 1;
  }
  return { edges: sent, made, unknown, withoutColumns: [...withoutColumns] };
}

type FoundTable =
  | { readonly table: TableEntity }
  | { readonly table: TableEntity; readonly isNew: true }
  | { readonly why: string };

async function findOrMake(
  { client, places }: { readonly client: OpenMetadataClient; readonly places: Places },
  {
    name,
    tableOf,
  }: { readonly name: string; readonly tableOf: (name: string) => Promise<PlainTable | undefined> },
): Promise<FoundTable> {
  const path = `/tables/name/${encodeURIComponent(places.tableName(name))}?fields=columns`;
  const table = await client.find(path, tableEntity);
  if (table) return { table };
  const plain = await tableOf(name);
  if (!plain) return { why: 'the server does not know it, and the lake has it no more' };
  try {
    return { table: await putTable({ client, places }, plain), isNew: true };
  } catch (error) {
    return { why: messageOf(error) };
  }
}

const has = ({ columns: held }: TableEntity, name: string): boolean => held.some((one) => one.name === name);

function columnsLacking(
  { columns = [], ...edge }: LineageEdge,
  { from, to }: { readonly from: TableEntity; readonly to: TableEntity },
): string[] {
  return columns.flatMap((column) => [
    ...column.from.filter((name) => !has(from, name)).map((name) => `${edge.from}.${name}`),
    ...(has(to, column.to) ? [] : [`${edge.to}.${column.to}`]),
  ]);
}

/** A column that the server's table lacks, as those that ingest adds, would make it refuse the whole edge. */
function detailsOf(
  { sql, description, columns = [], ...edge }: LineageEdge,
  { from, to, places }: { readonly from: TableEntity; readonly to: TableEntity; readonly places: Places },
) {
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
