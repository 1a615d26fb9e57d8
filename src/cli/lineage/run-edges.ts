import type { ColumnRule } from '../../lineage/answer.ts';
import type { LineageEdge } from '../../servers/catalog/openmetadata/put-lineage.ts';
import type { Sources } from '../why/question.ts';
import { readStatement } from '../why/read-statement.ts';
import { type Write, writesOf } from './collect-run.ts';

export interface RunEdges {
  readonly edges: readonly LineageEdge[];
  /** What of the run is in no edge, in whole sentences. */
  readonly missing: readonly string[];
}

/** From which tables a run made which: one edge for each pair, as the last statement that joined them says it. */
export async function edgesOfRun(sources: Sources, runId: string): Promise<RunEdges> {
  const edges = new Map<string, LineageEdge>();
  const missing = new Set<string>();
  for (const write of await writesOf(sources, runId)) {
    const told = await edgesOf(sources, write);
    for (const edge of told.edges) edges.set(`${edge.from} ${edge.to}`, edge);
    for (const one of told.missing) missing.add(one);
  }
  return { edges: [...edges.values()], missing: [...missing] };
}

async function edgesOf({ lake }: Sources, { table: to, state, snapshot }: Write): Promise<RunEdges> {
  const { sql, inputs, rules, missing } = await readStatement(lake, { state, snapshot });
  if (inputs.size === 0) return { edges: [], missing: [] };
  const tables = new Set([...inputs.keys()].map(withoutMoment));
  const isOwn = tables.delete(to.toLowerCase());
  const nameIn = (lower: string): string =>
    lake.tables().find((name) => name.toLowerCase() === lower) ?? lower;
  const edges = [...tables].map((from) => ({
    from: nameIn(from),
    to,
    ...(sql !== undefined && { sql }),
    columns: rules.flatMap((rule) => columnsOf(rule, from)),
  }));
  return {
    edges,
    missing: [...(isOwn ? [`${to} was made from rows of its own, too: no edge says so.`] : []), ...missing],
  };
}

function columnsOf({ column: to, direct, expressions }: ColumnRule, table: string) {
  const own = direct.filter((source) => withoutMoment(source.table.toLowerCase()) === table);
  const from = own.map(({ column }) => column).filter((column) => column !== '*');
  const [rule] = expressions;
  return from.length === 0 ? [] : [{ from: [...new Set(from)], to, ...(rule && { function: rule }) }];
}

/** `schema.table@<moment>` is the same table. */
const withoutMoment = (view: string): string => view.replace(/@.*$/, '');
