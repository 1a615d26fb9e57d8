import type { StepPath } from '../../domain/position.ts';
import { addCost, addUsage, type CostUsd, noUsage, type Usage } from '../../domain/usage.ts';
import type { RunState, StepState } from '../../engine/runs/fold-run.ts';

/** A step with the items, rounds and inner steps that belong to it, and what all of them used together. */
export interface StepNode {
  readonly state: StepState;
  readonly children: readonly StepNode[];
  readonly turns: number;
  readonly toolCalls: number;
  readonly usage: Usage;
  readonly costUsd: CostUsd;
  /** Without what is reserved for calls without an end. */
  readonly settledUsd: CostUsd;
}

export function stepTree(run: Pick<RunState, 'steps'>): StepNode[] {
  const childrenOf = new Map<StepPath, StepState[]>();
  for (const state of run.steps.values()) {
    const parent = parentOf(state.path, run.steps);
    const siblings = childrenOf.get(parent);
    if (siblings) siblings.push(state);
    else childrenOf.set(parent, [state]);
  }
  const build = (path: StepPath): StepNode[] =>
    (childrenOf.get(path) ?? []).map((state) => node(state, build));
  return build('');
}

export function* walk(nodes: readonly StepNode[]): Generator<StepNode> {
  for (const one of nodes) {
    yield one;
    yield* walk(one.children);
  }
}

function node(state: StepState, build: (path: StepPath) => StepNode[]): StepNode {
  const children = build(state.path);
  const sum = (field: 'turns' | 'toolCalls'): number =>
    children.reduce((total, child) => total + child[field], state[field]);
  const cost = (field: 'costUsd' | 'settledUsd'): CostUsd =>
    children.reduce<CostUsd>((total, child) => addCost(total, child[field]), state[field]);
  return {
    state,
    children,
    turns: sum('turns'),
    toolCalls: sum('toolCalls'),
    usage: children.reduce((total, child) => addUsage(total, child.usage), state.usage ?? noUsage),
    costUsd: cost('costUsd'),
    settledUsd: cost('settledUsd'),
  };
}

/**
 * `load[2]` belongs to `load`, `refine~3` to `refine`, `curate/check` to `curate`: the longest beginning that is a
 * step itself and ends where one of the signs [ ~ / begins. A second attempt (`load!2`) stands beside the first.
 */
function parentOf(path: StepPath, steps: RunState['steps']): StepPath {
  for (let end = path.length - 1; end > 0; end--) {
    if (!'[~/'.includes(path.charAt(end))) continue;
    const candidate = path.slice(0, end);
    if (steps.has(candidate)) return candidate;
  }
  return '';
}
