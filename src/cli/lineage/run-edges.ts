import type { ColumnRule } from '../../lineage/answer.ts';
import type { LineageEdge } from '../../servers/catalog/openmetadata/put-lineage.ts';
import type { Sources } from '../why/question.ts';
import { readStatement } from '../why/read-statement.ts';
import { type Write, writesOf } from './collect-run.ts';

/** From which tables a run made which: one edge for each pair, as the last statement that joined them says it. */
export async function edgesOfRun(sources: Sources, runId: string): Promise<LineageEdge[]> {
  const edges = new Map<string, LineageEdge>();
  for (const write of await writesOf(sources, runId))
    for (const edge of await edgesOf(sources, write)) edges.set(`${edge.from} ${edge.to}`, edge);
  return [...edges.values()];
}

async function edgesOf({ lake }: Sources, { table: to, state, snapshot }: Write): Promise<LineageEdge[]> {
  const { sql, inputs, rules } = await readStatement(lake, { state, snapshot });
  const tables = new Set([...inputs.keys()].map(withoutMoment));
  tables.delete(to);
  return [...tables].map((from) => ({
    from,
    to,
    ...(sql !== undefined && { sql }),
    columns: rules.flatMap((rule) => columnsOf(rule, from)),
  }));
}

function columnsOf({ column: to, direct, expressions }: ColumnRule, table: string) {
  const from = direct.filter((source) => withoutMoment(source.table) === table).map(({ column }) => column);
  const [rule] = expressions;
  return from.length === 0 ? [] : [{ from: [...new Set(from)], to, ...(rule && { function: rule }) }];
}

/** `schema.table@<moment>` is the same table. */
const withoutMoment = (view: string): string => view.replace(/@.*$/, '');
