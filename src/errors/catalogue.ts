/**
 * Every code that the program can fail with, what it means, and the exit code it gives.
 * `docs/errors.md` is generated from this table.
 * Exit codes: 1 the run failed, 2 wrong usage or definition, 3 stopped by a limit, 4 waiting, 130 interrupted.
 */
export const errorCatalogue = {
  // wrong usage or definition: nothing was run
  USAGE: { exit: 2, meaning: 'The command line is wrong.' },
  NODE_TOO_OLD: { exit: 2, meaning: 'The Node.js that runs the program is too old.' },
  FILE_NOT_FOUND: { exit: 2, meaning: 'A file that a definition or a command names does not exist.' },
  FILE_UNREADABLE: { exit: 2, meaning: 'A file exists and cannot be read, or is not UTF-8.' },
  YAML_INVALID: { exit: 2, meaning: 'A YAML file or front matter is not YAML.' },
  DEFINITION_INVALID: {
    exit: 2,
    meaning: 'A workflow, prompt or project file breaks its schema: unknown key, wrong type, missing field.',
  },
  SCHEMA_INVALID: { exit: 2, meaning: 'A JSON Schema or Picoschema cannot be compiled.' },
  STEP_UNKNOWN: { exit: 2, meaning: 'A name refers to a step that does not exist.' },
  STEP_CYCLE: { exit: 2, meaning: 'Steps wait for each other in a circle.' },
  REFERENCE_UNKNOWN: { exit: 2, meaning: 'A template refers to a field that its producer cannot have.' },
  WORKFLOW_UNKNOWN: { exit: 2, meaning: 'No workflow has this id.' },
  PARAM_INVALID: { exit: 2, meaning: 'A workflow parameter is missing, unknown or of the wrong type.' },
  TEMPLATE_SYNTAX: { exit: 2, meaning: 'A template is not valid Handlebars.' },
  TEMPLATE_MISSING_VALUE: { exit: 2, meaning: 'A template uses a value that is not there.' },
  TEMPLATE_HELPER: { exit: 2, meaning: 'A template helper got a value that it cannot use.' },
  EXPRESSION_TYPE: { exit: 2, meaning: 'An expression gave a value of the wrong kind.' },
  MODEL_UNKNOWN: { exit: 2, meaning: 'The model name has no provider, or the provider is not declared.' },
  MODEL_KEY_MISSING: { exit: 2, meaning: 'The provider needs an API key that is not set.' },
  TOOL_UNKNOWN: { exit: 2, meaning: 'A step names a tool that no server offers.' },
  TOOL_SERVER_UNKNOWN: { exit: 2, meaning: 'A workflow names a tool server that is not declared.' },
  SECRET_MISSING: { exit: 2, meaning: 'A configuration uses an environment variable that is not set.' },
  SECRET_FOUND: {
    exit: 2,
    meaning: 'A file that was to be imported holds the value of a configured secret.',
  },
  PRICE_UNKNOWN: { exit: 2, meaning: 'A budget in dollars is set and the model has no known price.' },
  RUN_UNKNOWN: { exit: 2, meaning: 'No run in the log has this id.' },
  RUN_DIFFERS: { exit: 2, meaning: 'The log holds a run with this id and another history.' },
  NOTHING_MATCHES: { exit: 2, meaning: 'No text of the run matches what was asked for.' },
  RUN_HELD: { exit: 2, meaning: 'Another process is working on this run.' },
  RUN_NOT_RESUMABLE: { exit: 2, meaning: 'The run has nothing left to do, or cannot go on from its log.' },
  NO_RUNS_TO_COMPARE: {
    exit: 2,
    meaning: 'No finished run of the log can be compared with a candidate model.',
  },
  CALL_UNKNOWN: { exit: 2, meaning: 'The run has no such call.' },
  FORK_POINT_UNKNOWN: { exit: 2, meaning: 'The recorded run has no such step, item or call.' },
  CHANGE_UNKNOWN: { exit: 2, meaning: 'No change of the catalog has this id.' },
  CATALOG_DATABASE: {
    exit: 2,
    meaning:
      "The catalog's file of changes cannot be opened or written, or is another program's or a newer version's.",
  },
  LAKE_UNKNOWN: { exit: 2, meaning: 'The lake has no such warehouse, table, snapshot or request.' },
  LAKE_MOVED: {
    exit: 2,
    meaning: "The lake's warehouse was moved or copied: its files still name the old place.",
  },
  // the run failed
  LAKE_REFUSED: { exit: 1, meaning: 'A change of a table of the lake cannot be made so.' },
  LAKE_CONFLICT: { exit: 1, meaning: 'Another writer changed the table of the lake meanwhile.' },
  LAKE_IN_DOUBT: {
    exit: 4,
    meaning: 'A change of a table of the lake may have been made or not: its catalog did not answer.',
  },
  LAKE_DAMAGED: { exit: 1, meaning: 'A file of a table of the lake is missing, cut off or broken.' },
  LAKE_NO_SPACE: { exit: 1, meaning: 'There is no room on the disk of the lake. Nothing was changed.' },
  CHANGE_REFUSED: {
    exit: 1,
    meaning: 'A change of the catalog cannot be decided so: it is decided already, or no longer fits.',
  },
  CATALOG_FAILED: {
    exit: 1,
    meaning: 'The metadata server did not answer, refused, or answered something else than its API says.',
  },
  FILE_CHANGED: {
    exit: 1,
    meaning: 'A file that was to be written was changed by somebody else since it was read.',
  },
  LINEAGE_NOT_SENT: { exit: 1, meaning: 'OpenLineage events could not be written or sent.' },
  TOOL_SERVER_UNREACHABLE: { exit: 1, meaning: 'A tool server could not be started or reached.' },
  TOOL_OUTCOME_UNKNOWN: {
    exit: 4,
    meaning:
      'A tool call with effects was cut off: it may have happened. It is in doubt until a person decides.',
  },
  TOOL_FAILED: { exit: 1, meaning: 'The tool of a `call:` step failed.' },
  MODEL_RATE_LIMITED: {
    exit: 1,
    meaning: 'The provider refused the call for its rate; the retries are used up.',
  },
  MODEL_OVERLOADED: { exit: 1, meaning: 'The provider is overloaded; the retries are used up.' },
  MODEL_SERVER_ERROR: { exit: 1, meaning: 'The provider failed; the retries are used up.' },
  MODEL_UNREACHABLE: { exit: 1, meaning: 'No connection to the provider.' },
  MODEL_TIMEOUT: { exit: 1, meaning: 'The provider sent nothing for too long.' },
  MODEL_STREAM_BROKEN: { exit: 1, meaning: 'The answer broke off in the middle.' },
  MODEL_QUOTA: { exit: 1, meaning: 'The account has no credit left.' },
  MODEL_AUTH: { exit: 1, meaning: 'The provider does not accept the key.' },
  MODEL_NOT_FOUND: { exit: 1, meaning: 'The provider does not know this model.' },
  MODEL_REQUEST_INVALID: { exit: 1, meaning: 'The provider rejects the request.' },
  MODEL_REQUEST_TOO_LARGE: { exit: 1, meaning: 'The request is larger than the provider takes.' },
  MODEL_CONTEXT_OVERFLOW: { exit: 1, meaning: 'The conversation no longer fits the model.' },
  MODEL_PROTOCOL: { exit: 1, meaning: 'The provider sent something that is not in its protocol.' },
  MODEL_REFUSED: { exit: 1, meaning: 'The model declined to answer.' },
  MODEL_CONTENT_FILTERED: { exit: 1, meaning: 'The provider withheld the answer.' },
  ANSWER_TRUNCATED: { exit: 1, meaning: 'The answer was cut by its output limit.' },
  ANSWER_BREAKS_CONTRACT: {
    exit: 1,
    meaning: 'The answer breaks its contract and the repair rounds are used up.',
  },
  ROUNDS_EXHAUSTED: { exit: 1, meaning: 'An `until` step did not come true within its rounds.' },
  RECORDING_DIVERGED: { exit: 1, meaning: 'The request is not the one that the recording answers.' },
  SCRIPT_EXHAUSTED: { exit: 1, meaning: 'A scripted model was asked for more than its script holds.' },
  REPLAY_DIVERGED: { exit: 1, meaning: 'The run asks for something else than the recorded run did.' },
  REPLAY_ENDED: { exit: 1, meaning: 'The recorded run breaks off here: there is nothing more to replay.' },
  TOOL_NOT_RECORDED: {
    exit: 1,
    meaning: 'A replay with another model asks for a tool call that the recorded run never made.',
  },
  TOOL_CHANGED: {
    exit: 1,
    meaning: 'A tool is described otherwise than in the recorded conversation that is to go on with it.',
  },
  CALL_LOST: {
    exit: 1,
    meaning: 'A call was begun and its end is not in the log: the program died in the middle of it.',
  },
  UNEXPECTED: { exit: 1, meaning: 'An error that nobody foresaw: a defect.' },
  // the log
  LOG_UNOPENABLE: {
    exit: 2,
    meaning: 'The audit log cannot be opened: no such folder, no permission, not a database.',
  },
  LOG_FOREIGN: {
    exit: 2,
    meaning: 'The file is a database of another program, or of a newer version of this one.',
  },
  LOG_UNWRITABLE: {
    exit: 1,
    meaning: 'The audit log cannot be written (disk full, locked, removed). Nothing runs unlogged.',
  },
  LOG_CORRUPT: { exit: 1, meaning: 'The audit log does not verify.' },
  REDACTION_INCOMPLETE: {
    exit: 1,
    meaning:
      'What was to be redacted is still in the file: in an event, in free pages, or in the write-ahead log.',
  },
  TEXT_REDACTED: { exit: 1, meaning: 'A text was taken out of the log on purpose, and the work needs it.' },
  // limits and interruption
  LIMIT_REACHED: { exit: 3, meaning: 'A limit on turns, tool calls, time or tokens stopped the step.' },
  BUDGET_EXCEEDED: { exit: 3, meaning: 'The next call could cost more than the budget has left.' },
  INTERRUPTED: { exit: 130, meaning: 'The run was interrupted.' },
} as const satisfies Record<string, { exit: 1 | 2 | 3 | 4 | 130; meaning: string }>;

export type ErrorCode = keyof typeof errorCatalogue;
