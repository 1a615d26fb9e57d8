import type { CastRules } from '../storage/table-store.ts';
import { type Fit, measureSample, type SampleTable } from './measure-sample.ts';

/** Casts of the sample that were made; each pair of source and type is measured once. */
export class MeasuredColumns {
  readonly #table: SampleTable;
  readonly #rules: CastRules;
  readonly #fits = new Map<string, Fit>();

  constructor(table: SampleTable, rules: CastRules) {
    this.#table = table;
    this.#rules = rules;
  }

  async measure(type: string, sources: readonly string[]): Promise<void> {
    const missing = [...new Set(sources)].filter((source) => this.fitOf(source, type) === undefined);
    const found = await measureSample(this.#table, { type, rules: this.#rules, sources: missing });
    for (const [source, fit] of found) this.#fits.set(keyOf(source, type), fit);
  }

  fitOf(source: string, type: string): Fit | undefined {
    return this.#fits.get(keyOf(source, type));
  }
}

function keyOf(source: string, type: string): string {
  return JSON.stringify([source, type]);
}
