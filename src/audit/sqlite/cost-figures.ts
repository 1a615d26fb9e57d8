/** What is counted of model calls. */
export interface CostFigures {
  /** Calls that a model was asked for, and their tokens. */
  readonly calls: number;
  /** Calls that were answered from a recording or by a person: they took nothing. */
  readonly replayedCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the calls whose cost is known. A call without an end counts as what was reserved for it. */
  readonly knownUsd: number;
  /** Calls whose cost nobody knows: they are in no sum. */
  readonly unknownCalls: number;
  /** Calls that were begun and have no end, and the part of `knownUsd` that was reserved for them. */
  readonly inDoubtCalls: number;
  readonly inDoubtUsd: number;
}

type Figure = keyof CostFigures;

/** Each as an aggregate over rows `c` of the view `model_calls`. */
const aggregates: Readonly<Record<Figure, string>> = {
  calls: "count(*) FILTER (WHERE coalesce(c.source, 'live') = 'live')",
  replayedCalls: "count(*) FILTER (WHERE coalesce(c.source, 'live') <> 'live')",
  inputTokens: "coalesce(sum(c.input_tokens) FILTER (WHERE c.source = 'live'), 0)",
  outputTokens: "coalesce(sum(c.output_tokens) FILTER (WHERE c.source = 'live'), 0)",
  knownUsd: 'coalesce(sum(c.cost_usd), 0)',
  unknownCalls: 'count(*) - count(c.cost_usd)',
  inDoubtCalls: "count(CASE WHEN c.status = 'in-doubt' THEN 1 END)",
  inDoubtUsd: "coalesce(sum(CASE WHEN c.status = 'in-doubt' THEN c.cost_usd END), 0)",
};

const figures = Object.keys(aggregates) as Figure[];

export const costColumns = figures.map((name) => `${aggregates[name]} AS ${name}`).join(', ');

const zeros = Object.fromEntries(figures.map((name) => [name, 0])) as Record<Figure, number>;

export const noCosts: CostFigures = zeros;

export function addCosts(a: CostFigures, b: CostFigures): CostFigures {
  const sum = { ...zeros };
  for (const name of figures) sum[name] = a[name] + b[name];
  return sum;
}
