import type { LoadedStep } from '../domain/loaded-workflow.ts';
import { DefinitionError } from '../errors/index.ts';

/** Refuses steps that wait for each other in a circle: they would wait for ever. */
export function requireNoCycle(steps: readonly LoadedStep[]): void {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const done = new Set<string>();
  for (const step of steps) visit(step, []);

  function visit(step: LoadedStep, way: readonly string[]): void {
    const begin = way.indexOf(step.id);
    if (begin >= 0) throw circle(step, [...way.slice(begin), step.id]);
    if (done.has(step.id)) return;
    for (const name of step.needs) {
      const needed = byId.get(name);
      if (needed) visit(needed, [...way, step.id]);
    }
    done.add(step.id);
  }
}

function circle(step: LoadedStep, names: readonly string[]): DefinitionError {
  return new DefinitionError({
    code: 'STEP_CYCLE',
    message: `Steps wait for each other in a circle: ${names.join(' needs ')}.`,
    hint: 'Remove a `needs`, or the {{ reference }} in one of these steps.',
    location: step.location,
    details: { steps: [...names] },
  });
}
