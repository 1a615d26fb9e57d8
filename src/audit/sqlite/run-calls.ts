import type { Hash } from '../../domain/hash.ts';
import type { Position, StepPath } from '../../domain/position.ts';
import type { EffectClass } from '../../domain/tool.ts';
import type { CostUsd } from '../../domain/usage.ts';
import type { AuditFile } from './audit-log.ts';

/** A row of the view `calls`: a model call or a tool call. Hashes name texts in the blob store. */
export interface CallRow {
  /** The call's number in the run, from 1, in the order of the beginnings. */
  readonly n: number;
  readonly call: 'model' | 'tool';
  readonly position: Position;
  readonly step: StepPath;
  readonly turn: number | null;
  readonly attempt: number;
  readonly name: string;
  readonly resolvedModel: string | null;
  readonly effect: EffectClass | null;
  readonly callId: string | null;
  readonly fingerprint: Hash;
  readonly requestHash: Hash;
  readonly resultHash: Hash | null;
  readonly shownHash: Hash | null;
  readonly status: 'ok' | 'error' | 'in-doubt';
  readonly stopReason: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly costUsd: CostUsd;
  readonly durationMs: number | null;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly source: 'live' | 'recorded' | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

const select = `
  SELECT n, call, position, step, turn, attempt, name, resolved_model AS resolvedModel, effect,
    call_id AS callId, fingerprint, request_hash AS requestHash, result_hash AS resultHash,
    shown_hash AS shownHash, status, stop_reason AS stopReason, input_tokens AS inputTokens,
    output_tokens AS outputTokens, cached_tokens AS cachedTokens, reasoning_tokens AS reasoningTokens,
    cost_usd AS costUsd, duration_ms AS durationMs, started_at_ms AS startedAtMs, ended_at_ms AS endedAtMs,
    source, error_code AS errorCode, error_message AS errorMessage
  FROM calls WHERE run_id = ? ORDER BY n`;

/** The run's calls in order; empty for an unknown run. */
export function runCalls(log: AuditFile, runId: string): CallRow[] {
  return log.database.prepare<[string], CallRow>(select).all(runId);
}
