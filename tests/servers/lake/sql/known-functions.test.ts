import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { changingFunctions, deadlyFunctions } from '../../../../src/servers/lake/sql/function-rules.ts';
import { knownFunctions, knownOperators } from '../../../../src/servers/lake/sql/known-functions.ts';

/**
 * Functions of the installed DuckDB that are refused and neither changing nor deadly: its own machinery, values that depend on
 * its version, and what no mapping needs. A new function of a later version is in no list, and this test fails until it is.
 */
const unneeded =
  /^(__internal_|icu_|st_|variant_|pg_)|^(alias|aggregate|combine|finalize|can_cast_implicitly|cast_to_type|constant_or_null|create_sort_key|equi_width_bins|get_type|histogram_exact|is_histogram_other_bin|json_(de)?serialize_\w+|make_type|normalized_interval|parse_duckdb_log_message|remap_struct|replace_type|sum_no_overflow|timetz_byte_comparable|unpivot_list|vector_type)$/;

interface EngineFunction {
  readonly name: string;
  readonly stability: string | null;
  readonly schema: string;
}

async function functionsOfEngine(): Promise<EngineFunction[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const found = await connection.runAndReadAll(
    `SELECT DISTINCT lower(function_name) AS name, stability, schema_name AS schema FROM duckdb_functions()
     WHERE function_type IN ('scalar', 'aggregate', 'macro') ORDER BY ALL`,
  );
  const functions = found.getRowObjectsJson() as unknown as EngineFunction[];
  connection.closeSync();
  instance.closeSync();
  return functions;
}

test('every function of the installed DuckDB is known as harmless or is refused for a reason', async () => {
  const names = (await functionsOfEngine()).filter(({ schema }) => schema === 'main').map(({ name }) => name);
  const judged = (name: string) =>
    knownFunctions.has(name) ||
    knownOperators.has(name) ||
    changingFunctions.has(name) ||
    deadlyFunctions.has(name) ||
    unneeded.test(name);
  expect(names.filter((name) => !judged(name))).toEqual([]);
});

test('nothing that DuckDB itself calls changing is known as harmless', async () => {
  const changing = (await functionsOfEngine()).filter(
    ({ stability }) => stability && stability !== 'CONSISTENT',
  );
  expect(changing.map(({ name }) => name)).toContain('random');
  // `error('…')` has the side effect that the statement fails.
  expect(changing.filter(({ name }) => knownFunctions.has(name)).map(({ name }) => name)).toEqual(['error']);
});

test('no function is in two lists', () => {
  const refused = [...changingFunctions, ...deadlyFunctions];
  expect(refused.filter((name) => knownFunctions.has(name))).toEqual([]);
  expect([...knownFunctions].filter((name) => unneeded.test(name))).toEqual([]);
});
