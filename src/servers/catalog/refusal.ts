import { nearest } from '../../errors/index.ts';

/** What the caller can mend: a model gets it as the result of its call, a person as an error. */
export class Refusal extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** A name that is not there, with the one that is nearest to it. */
export function unknownName(kind: string, wanted: string, ids: readonly string[]): Refusal {
  const [best] = nearest(wanted, ids);
  const guess = best === undefined ? '' : ` Did you mean "${best}"?`;
  return new Refusal(`There is no ${kind} "${wanted}".${guess}`, `Known: ${ids.join(', ') || 'none'}.`);
}
