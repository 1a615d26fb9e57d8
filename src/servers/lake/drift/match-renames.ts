/** How well a column of the contract and a column of the file go together, 0 to 1. */
export interface Candidate {
  readonly column: string;
  readonly source: string;
  readonly score: number;
}

export interface Rename extends Candidate {
  /** How sure this one is: lower when another comes near. */
  readonly confidence: number;
  readonly runnerUp?: { readonly source: string; readonly confidence: number };
}

/** Below, a column is gone and another is new. */
const leastScore = 0.5;
/** A lead of this much over the next is as good as certainty. */
const clearLead = 0.25;

/** The best pairs, best first; each column and each source at most once, so never two columns onto one. */
export function matchRenames(candidates: readonly Candidate[]): Rename[] {
  const sorted = [...candidates].sort(
    (a, b) => b.score - a.score || compare(a.column, b.column) || compare(a.source, b.source),
  );
  const taken = new Set<string>();
  const used = new Set<string>();
  const renames: Rename[] = [];
  for (const candidate of sorted) {
    if (candidate.score < leastScore || taken.has(candidate.column) || used.has(candidate.source)) continue;
    taken.add(candidate.column);
    used.add(candidate.source);
    renames.push(withConfidence(candidate, sorted));
  }
  return renames;
}

function withConfidence(chosen: Candidate, all: readonly Candidate[]): Rename {
  const rivals = all.filter(
    ({ column, source }) => (column === chosen.column) !== (source === chosen.source),
  );
  const next = all.find(({ column, source }) => column === chosen.column && source !== chosen.source);
  const strongest = rivals.reduce((most, { score }) => Math.max(most, score), 0);
  const lead = Math.min(1, Math.max(0, chosen.score - strongest) / clearLead);
  const confidence = rounded(chosen.score * (0.75 + 0.25 * lead));
  if (next === undefined || next.score < 0.2) return { ...chosen, confidence };
  return { ...chosen, confidence, runnerUp: { source: next.source, confidence: rounded(next.score * 0.75) } };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
