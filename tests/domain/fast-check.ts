import * as fc from 'fast-check';
import { test as vitestTest } from 'vitest';

export { fc };

/** A property over one arbitrary. Seeded, so that a failure comes again; fast-check prints the smallest case. */
export function test<Value>(name: string, values: fc.Arbitrary<Value>, holds: (value: Value) => void): void {
  vitestTest(name, () => fc.assert(fc.property(values, holds), { seed: 20261120, numRuns: 300 }));
}
