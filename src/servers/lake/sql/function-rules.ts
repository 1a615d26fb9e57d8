/** Table functions that touch neither files nor the catalog. */
export const harmlessTableFunctions: ReadonlySet<string> = new Set([
  'range',
  'generate_series',
  'unnest',
  'json_each',
  'json_tree',
]);

/** SQL words that are functions without brackets. */
export const changingNames: ReadonlySet<string> = new Set([
  'current_timestamp',
  'current_date',
  'current_time',
  'localtime',
  'localtimestamp',
  'current_user',
  'session_user',
  'user',
  'current_role',
  'current_catalog',
  'current_schema',
]);

/**
 * Scalar functions whose result is not a function of the tables: an answer with one of them could not be reproduced, or
 * would tell about the machine.
 */
export const changingFunctions: ReadonlySet<string> = new Set([
  ...changingNames,
  'now',
  'today',
  'ago',
  'get_current_timestamp',
  'get_current_time',
  'current_localtime',
  'current_localtimestamp',
  'transaction_timestamp',
  'statement_timestamp',
  'clock_timestamp',
  'random',
  'reservoir_quantile',
  'setseed',
  'uuid',
  'uuidv4',
  'uuidv7',
  'gen_random_uuid',
  'current_setting',
  'getvariable',
  'getenv',
  'getenvvar',
  'get_block_size',
  'version',
  'nextval',
  'currval',
  'stats',
  'txid_current',
  'current_connection_id',
  'current_query_id',
  'current_transaction_id',
  'current_query',
  'current_database',
  'current_schemas',
  'in_search_path',
  'write_log',
  'sleep_ms',
  'query',
  'query_table',
]);

/**
 * Functions that go down into a JSON value by calling themselves: a value of some 100,000 brackets, which any vendor can
 * send, ends the whole process.
 */
export const deadlyFunctions: ReadonlySet<string> = new Set([
  'json_structure',
  'json_group_structure',
  'json_contains',
  'json_merge_patch',
]);

/** Types of a cast that do the same. */
export const deadlyTypes: ReadonlySet<string> = new Set(['VARIANT', 'GEOMETRY']);

/**
 * Functions that make a value as large as a number says, and where that number stands. DuckDB makes values of literals while
 * it plans: outside of its memory limit, and deaf to an interrupt.
 */
export const growingFunctions: Readonly<
  Record<string, { readonly sizes: readonly number[]; readonly most: number }>
> = {
  repeat: { sizes: [1], most: 10_000 },
  lpad: { sizes: [1], most: 10_000 },
  rpad: { sizes: [1], most: 10_000 },
  bar: { sizes: [3], most: 1_000 },
  bitstring: { sizes: [1], most: 10_000 },
  range: { sizes: [0, 1, 2], most: 100_000 },
  generate_series: { sizes: [0, 1, 2], most: 100_000 },
  list_resize: { sizes: [1], most: 100_000 },
  array_resize: { sizes: [1], most: 100_000 },
};

/** Of these the first argument is a pattern, in which a width such as `%2000000000d` makes a text of that length. */
export const patternFunctions: ReadonlySet<string> = new Set(['printf', 'format']);
