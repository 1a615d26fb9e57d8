// Frozen with its version: nothing here is shared with the views of another version.
const iso = (column: string): string => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`;
const hex = (column: string): string => `lower(hex(${column}))`;
const hexOrNull = (column: string): string => `CASE WHEN ${column} IS NOT NULL THEN ${hex(column)} END`;
/** The hash of the blob that the column names; a hash that the blob store never had is in the rest of the event. */
const blobHash = (table: string, field: string): string =>
  `coalesce((SELECT ${hex('hash')} FROM blobs WHERE id = ${table}.${field}), json_extract(${table}.rest, '$.${field}'))`;
/** "load[2]" of "load[2]/m3!2": what stands before the last slash. */
const stepOf = (position: string): string => `rtrim(rtrim(${position}, replace(${position}, '/', '')), '/')`;
/** A sum that is unknown as soon as one part of it is: an unknown cost is not free. */
const knownSum = (column: string): string =>
  `CASE WHEN count(*) = count(${column}) THEN coalesce(sum(${column}), 0) END`;

const dropped = ['costs', 'steps', 'tool_calls', 'model_calls', 'calls', 'runs', 'call_ends_read'];

/** Version 2: the public views of runs that are resumed, of calls that a person decided about, and of budgets. */
export const views = `
${dropped.map((view) => `DROP VIEW ${view};`).join('\n')}

CREATE VIEW call_ends_read AS
SELECT run, seq, at, position,
  ${stepOf('position')} AS step,
  status,
  json_extract(usage, '$[0]') AS input_tokens,
  json_extract(usage, '$[1]') AS output_tokens,
  CASE
    WHEN source IN ('recorded', 'edited') THEN 0
    WHEN json_type(rest, '$.costUsd') IS NOT NULL THEN json_extract(rest, '$.costUsd')
    -- refused before it was answered, or a tool: nothing was charged
    WHEN status = 'error' AND usage IS NULL THEN 0
    WHEN substr(position, length(rtrim(position, replace(position, '/', ''))) + 1) NOT GLOB 'm[0-9]*' THEN 0
  END AS cost_usd
FROM events WHERE type = 'call-ended';

-- Calls without an end: what was reserved for them counts as their cost. An end stands near its beginning, so looking for it from there reads a few rows.
CREATE VIEW open_calls AS
SELECT b.run, b.seq, b.position,
  ${stepOf('b.position')} AS step,
  json_type(b.rest, '$.reserved') IS NOT NULL AS is_reserved,
  json_extract(b.rest, '$.reserved.usd') AS reserved_usd,
  (SELECT json_extract(r.rest, '$.decision') FROM events r WHERE r.run = b.run AND r.seq > b.seq
    AND r.type = 'call-resolved' AND r.position = b.position ORDER BY r.seq DESC LIMIT 1) AS resolved
FROM events b
WHERE b.type = 'call-begun' AND NOT EXISTS (SELECT 1 FROM events e WHERE e.run = b.run AND e.seq > b.seq
  AND e.type = 'call-ended' AND e.position = b.position);

CREATE VIEW runs AS
SELECT k.run_id,
  json_extract(s.rest, '$.workflowId') AS workflow_id,
  coalesce(e.status, 'running') AS status,
  ${iso('s.at')} AS started_at,
  ${iso('e.at')} AS ended_at,
  e.at - s.at AS duration_ms,
  json_extract(s.rest, '$.parentRunId') AS parent_run_id,
  json_extract(s.rest, '$.origin.kind') AS origin,
  (SELECT count(*) FROM events r WHERE r.run = k.run AND r.type = 'run-resumed') AS resumes,
  json_extract(s.rest, '$.model') AS model,
  json_extract(s.rest, '$.program') AS program,
  (SELECT ${knownSum('cost_usd')} FROM (
    SELECT cost_usd FROM call_ends_read c WHERE c.run = k.run
    UNION ALL SELECT reserved_usd FROM open_calls o WHERE o.run = k.run AND o.is_reserved)) AS cost_usd,
  (SELECT coalesce(sum(input_tokens), 0) FROM call_ends_read c WHERE c.run = k.run) AS input_tokens,
  (SELECT coalesce(sum(output_tokens), 0) FROM call_ends_read c WHERE c.run = k.run) AS output_tokens,
  (SELECT count(*) FROM events b WHERE b.run = k.run AND b.type = 'call-begun') AS calls,
  (SELECT count(*) FROM open_calls o WHERE o.run = k.run AND o.resolved IS NULL) AS in_doubt,
  json_extract(e.rest, '$.error.code') AS error_code,
  json_extract(e.rest, '$.error.message') AS error_message,
  s.at AS started_at_ms,
  e.at AS ended_at_ms,
  json_extract(s.rest, '$.params') AS params,
  json_extract(s.rest, '$.definition') AS definition_hash,
  ${blobHash('e', 'result')} AS result_hash,
  ${hexOrNull('x.root')} AS root_hash
FROM run_keys k
JOIN events s ON s.run = k.run AND s.seq = 1
LEFT JOIN run_ends x ON x.run = k.run
LEFT JOIN events e ON e.run = x.run AND e.seq = x.ended;

-- Grouped and numbered by run_id, so that a query for one run reads that run only. A position is one call.
CREATE VIEW calls AS
WITH marks AS (
  SELECT k.run_id, v.run, v.position,
    max(CASE WHEN v.type = 'call-begun' THEN v.seq END) AS begun,
    max(CASE WHEN v.type = 'call-ended' THEN v.seq END) AS ended,
    max(CASE WHEN v.type = 'call-resolved' THEN v.seq END) AS resolved
  FROM run_keys k JOIN events v ON v.run = k.run WHERE v.type IN ('call-begun', 'call-ended', 'call-resolved')
  GROUP BY k.run_id, v.position
), numbered AS (
  SELECT *, row_number() OVER (PARTITION BY run_id ORDER BY begun) AS n FROM marks WHERE begun IS NOT NULL
), begun AS (
  SELECT m.run_id, m.n, m.ended, m.resolved, b.*, rtrim(b.position, replace(b.position, '/', '')) AS place
  FROM numbered m JOIN events b ON b.run = m.run AND b.seq = m.begun
)
SELECT b.run_id, b.n,
  json_extract(b.rest, '$.call') AS call,
  b.position,
  rtrim(b.place, '/') AS step,
  nullif(CAST(substr(b.position, length(b.place) + 2) AS INTEGER), 0) AS turn,
  coalesce(json_extract(b.rest, '$.attempt'),
    nullif(CAST(substr(b.position, length(b.place) + instr(substr(b.position, length(b.place) + 1), '!') + 1)
      AS INTEGER), 0), 1) AS attempt,
  json_extract(b.rest, '$.name') AS name,
  json_extract(e.rest, '$.resolvedModel') AS resolved_model,
  json_extract(b.rest, '$.effect') AS effect,
  json_extract(b.rest, '$.callId') AS call_id,
  ${hexOrNull('b.fingerprint')} AS fingerprint,
  ${blobHash('b', 'request')} AS request_hash,
  ${blobHash('e', 'result')} AS result_hash,
  json_extract(e.rest, '$.shown') AS shown_hash,
  coalesce(e.status, 'in-doubt') AS status,
  json_extract(d.rest, '$.decision') AS resolved,
  json_extract(e.rest, '$.stopReason') AS stop_reason,
  json_extract(e.usage, '$[0]') AS input_tokens,
  json_extract(e.usage, '$[1]') AS output_tokens,
  json_extract(e.usage, '$[2]') AS cached_tokens,
  json_extract(e.usage, '$[4]') AS reasoning_tokens,
  json_extract(b.rest, '$.reserved.usd') AS reserved_usd,
  CASE WHEN e.seq IS NULL THEN json_extract(b.rest, '$.reserved.usd') ELSE c.cost_usd END AS cost_usd,
  e.duration_ms,
  ${iso('b.at')} AS started_at,
  ${iso('e.at')} AS ended_at,
  e.source,
  json_extract(e.rest, '$.providerId') AS provider_id,
  json_extract(e.rest, '$.error.code') AS error_code,
  json_extract(e.rest, '$.error.message') AS error_message,
  b.at AS started_at_ms,
  e.at AS ended_at_ms
FROM begun b
LEFT JOIN events e ON e.run = b.run AND e.seq = b.ended
LEFT JOIN events d ON d.run = b.run AND d.seq = b.resolved
LEFT JOIN call_ends_read c ON c.run = e.run AND c.seq = e.seq;

CREATE VIEW model_calls AS
SELECT run_id, n, position, step, turn, attempt, name AS model, resolved_model, fingerprint, request_hash,
  result_hash, status, resolved, stop_reason, input_tokens, output_tokens, cached_tokens, reasoning_tokens,
  reserved_usd, cost_usd, duration_ms, started_at, ended_at, source, provider_id, error_code, error_message,
  started_at_ms, ended_at_ms
FROM calls WHERE call = 'model';

CREATE VIEW tool_calls AS
SELECT run_id, n, position, step, turn, attempt, name AS tool, effect, call_id, fingerprint, request_hash,
  result_hash, shown_hash, status, resolved, duration_ms, started_at, ended_at, source, error_code, error_message,
  started_at_ms, ended_at_ms
FROM calls WHERE call = 'tool';

CREATE VIEW resolutions AS
SELECT k.run_id, d.position,
  json_extract(d.rest, '$.decision') AS decision,
  json_extract(d.rest, '$.by') AS decided_by,
  json_extract(d.rest, '$.why') AS why,
  ${blobHash('d', 'result')} AS result_hash,
  ${iso('d.at')} AS decided_at,
  d.at AS decided_at_ms
FROM run_keys k JOIN events d ON d.run = k.run WHERE d.type = 'call-resolved';

-- A step that a resume starts again has its newest start, and the end after it.
CREATE VIEW steps AS
WITH marks AS (
  SELECT k.run_id, v.run, v.position AS step,
    max(CASE WHEN v.type = 'step-started' THEN v.seq END) AS started,
    max(CASE WHEN v.type = 'step-ended' THEN v.seq END) AS ended
  FROM run_keys k JOIN events v ON v.run = k.run WHERE v.type IN ('step-started', 'step-ended')
  GROUP BY k.run_id, v.position
)
SELECT m.run_id, m.step,
  json_extract(s.rest, '$.kind') AS kind,
  json_extract(s.rest, '$.model') AS model,
  coalesce(e.status, 'running') AS status,
  ${iso('s.at')} AS started_at,
  ${iso('e.at')} AS ended_at,
  e.at - s.at AS duration_ms,
  (SELECT count(*) FROM events b WHERE b.run = m.run AND b.type = 'call-begun'
    AND ${stepOf('b.position')} = m.step) AS calls,
  (SELECT coalesce(sum(input_tokens), 0) FROM call_ends_read c WHERE c.run = m.run AND c.step = m.step) AS input_tokens,
  (SELECT coalesce(sum(output_tokens), 0) FROM call_ends_read c WHERE c.run = m.run AND c.step = m.step) AS output_tokens,
  (SELECT ${knownSum('cost_usd')} FROM (
    SELECT cost_usd FROM call_ends_read c WHERE c.run = m.run AND c.step = m.step
    UNION ALL SELECT reserved_usd FROM open_calls o WHERE o.run = m.run AND o.step = m.step AND o.is_reserved)) AS cost_usd,
  json_extract(e.rest, '$.reason') AS reason,
  json_extract(e.rest, '$.error.code') AS error_code,
  json_extract(e.rest, '$.error.message') AS error_message,
  json_extract(s.rest, '$.item') AS item_hash,
  ${blobHash('e', 'result')} AS result_hash,
  s.at AS started_at_ms,
  e.at AS ended_at_ms
FROM marks m
LEFT JOIN events s ON s.run = m.run AND s.seq = m.started
LEFT JOIN events e ON e.run = m.run AND e.seq = m.ended AND (m.started IS NULL OR m.ended > m.started);

CREATE VIEW costs AS
SELECT c.run_id, r.workflow_id, c.step, c.model, substr(c.started_at, 1, 10) AS day,
  count(*) AS calls,
  coalesce(sum(c.input_tokens), 0) AS input_tokens,
  coalesce(sum(c.output_tokens), 0) AS output_tokens,
  ${knownSum('c.cost_usd')} AS cost_usd,
  count(*) - count(c.cost_usd) AS calls_of_unknown_cost,
  coalesce(sum(CASE WHEN c.status = 'in-doubt' THEN c.cost_usd END), 0) AS in_doubt_usd
FROM model_calls c
JOIN (SELECT k.run_id, json_extract(s.rest, '$.workflowId') AS workflow_id
  FROM run_keys k JOIN events s ON s.run = k.run AND s.seq = 1) r ON r.run_id = c.run_id
GROUP BY c.run_id, c.step, c.model, day;

CREATE VIEW accounts AS
SELECT key, usd AS used_usd, CAST(tokens AS INTEGER) AS used_tokens FROM budget_accounts;
`;
