import type { TemplateReference } from '../domain/template.ts';
import { type ErrorFields, nearest } from '../errors/index.ts';

/** Names that every template of a workflow sees; no step and no loop item may take them. */
export const reservedNames = ['params', 'run', 'index', 'round', 'previous', 'this'] as const;

/** The top-level names that a template may begin with. */
export interface VisibleNames {
  readonly steps: readonly string[];
  /** `params`, `run`, loop names and the prompt's own defaults. */
  readonly others: readonly string[];
}

export function unknownName(reference: TemplateReference, visible: VisibleNames): ErrorFields | undefined {
  const [name = ''] = reference.path;
  const all = [...visible.others, ...visible.steps];
  if (all.includes(name)) return undefined;
  const [near] = nearest(name, all);
  return {
    code: 'REFERENCE_UNKNOWN',
    message: `There is no "${name}" here.`,
    hint: `${near ? `Did you mean "${near}"? ` : ''}Known here: ${all.join(', ')}.`,
    location: reference.location,
    details: { name, known: all },
  };
}
