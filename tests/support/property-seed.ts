const seedOfCi = 20_261_121;

/**
 * The seed of the property tests that name none. On a build machine (CI=true) a fixed one, so that the same commit passes or
 * fails again; elsewhere none, so that each run tries other cases. AIWORKFLOW_TEST_SEED wins over both.
 */
export function propertySeed({
  CI,
  AIWORKFLOW_TEST_SEED: given,
}: Readonly<Record<string, string | undefined>>): number | undefined {
  if (given === undefined || given === '') return CI === 'true' ? seedOfCi : undefined;
  const seed = Number(given);
  // fast-check works with 32 bits: what is longer would be another seed than the one that is named.
  if (!/^-?\d+$/.test(given) || seed !== (seed | 0))
    throw new Error(`AIWORKFLOW_TEST_SEED must be a whole number of 32 bits, not "${given}".`);
  return seed;
}

/** For tests that choose their moments themselves: the same seed, or one of chance, which they name when they fail. */
export const seedOfThisRun = (): number => propertySeed(process.env) ?? Math.floor(Math.random() * 1_000_000);
