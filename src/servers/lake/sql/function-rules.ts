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
]);

/**
 * Scalar functions whose result is not a function of the tables: an answer with one of them could not be reproduced, or
 * would tell about the machine.
 */
export const changingFunctions: ReadonlySet<string> = new Set([
  ...changingNames,
  'now',
  'today',
  'get_current_timestamp',
  'get_current_time',
  'current_localtime',
  'current_localtimestamp',
  'transaction_timestamp',
  'statement_timestamp',
  'clock_timestamp',
  'random',
  'setseed',
  'uuid',
  'uuidv4',
  'uuidv7',
  'gen_random_uuid',
  'current_setting',
  'getvariable',
  'getenv',
  'getenvvar',
  'version',
  'nextval',
  'currval',
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
