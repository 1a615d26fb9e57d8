import type { Explanation } from '../../lineage/answer.ts';

/** The runs that an explanation tells of, those furthest back first: others read what they wrote. */
export function runsIn(explanation: Explanation): string[] {
  const found = explanation.writers.flatMap(({ call, mapping }) => [
    ...(mapping?.inputs ?? []).flatMap(({ explanations }) => explanations.flatMap(runsIn)),
    ...(call ? [call.runId] : []),
  ]);
  return [...new Set(found)];
}
