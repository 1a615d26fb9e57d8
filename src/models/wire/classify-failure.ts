import type { ModelErrorCode } from '../../errors/index.ts';
import type { Failure } from './failure.ts';

interface Rule {
  readonly code: ModelErrorCode;
  readonly retryable: boolean;
  /** `type` or `code` of the provider's error. */
  readonly names?: readonly string[];
  readonly message?: RegExp;
  readonly statuses?: readonly number[];
}

/**
 * First match wins, and a rule's names and words are tried for all rules before any status is: an error event in
 * a stream has no status, and one status (429, 400) stands for failures of quite different kinds.
 */
const rules: readonly Rule[] = [
  {
    code: 'MODEL_QUOTA',
    retryable: false,
    names: [
      'insufficient_quota',
      'billing_error',
      'billing_hard_limit_reached',
      'insufficient_balance',
      'contract_spend_limit_reached',
      'enforced_spend_limit_reached',
      'linked_organization_spend_limit_reached',
      'linked_organization_billing_unavailable',
    ],
    message: /exceeded your current quota|specified API usage limits|credit balance is too low/i,
    statuses: [402],
  },
  {
    code: 'MODEL_CONTEXT_OVERFLOW',
    retryable: false,
    names: ['context_length_exceeded', 'exceed_context_size_error'],
    message:
      /prompt is too long|exceeds? (the|this model's|your) (input )?context|maximum context length|exceed context limit|context window/i,
  },
  {
    code: 'MODEL_REQUEST_TOO_LARGE',
    retryable: false,
    names: ['request_too_large'],
    message: /^request too large/i,
    statuses: [413],
  },
  {
    code: 'MODEL_CONTENT_FILTERED',
    retryable: false,
    names: [
      'content_filter',
      'content_policy_violation',
      'image_content_policy_violation',
      'bio_policy',
      'misalignment_policy_violation',
    ],
  },
  {
    code: 'MODEL_NOT_FOUND',
    retryable: false,
    names: ['model_not_found', 'not_found_error'],
    statuses: [404],
  },
  {
    code: 'MODEL_AUTH',
    retryable: false,
    names: ['authentication_error', 'invalid_api_key', 'permission_error'],
    statuses: [401, 403],
  },
  {
    code: 'MODEL_OVERLOADED',
    retryable: true,
    names: ['overloaded_error', 'server_is_overloaded', 'slow_down', 'engine_overloaded'],
    message: /overloaded/i,
    statuses: [503, 529],
  },
  {
    code: 'MODEL_RATE_LIMITED',
    retryable: true,
    names: ['rate_limit_error', 'rate_limit_exceeded'],
    statuses: [429],
  },
  { code: 'MODEL_TIMEOUT', retryable: true, names: ['timeout_error'], statuses: [408, 504] },
  // `api_error` and `server_error` are in no rule: they are what providers say when they have no better word, so
  // the status knows more; without one they end in MODEL_SERVER_ERROR below.
  { code: 'MODEL_SERVER_ERROR', retryable: true, statuses: [409] },
  // Not `invalid_request_error`: OpenAI calls nearly every 4xx so, and its code or status must speak first.
  { code: 'MODEL_REQUEST_INVALID', retryable: false, names: ['invalid_prompt'] },
];

export interface Classified {
  readonly code: ModelErrorCode;
  readonly retryable: boolean;
}

export function classifyFailure(failure: Failure): Classified {
  const rule = rules.find((one) => saysSo(one, failure)) ?? rules.find((one) => hasStatus(one, failure));
  const found = rule ?? byStatusClass(failure);
  return { code: found.code, retryable: obeyHeader(found, failure) };
}

function saysSo(rule: Rule, failure: Failure): boolean {
  const named = [failure.code, failure.type].some((name) => name !== undefined && rule.names?.includes(name));
  return named || (rule.message?.test(failure.message) ?? false);
}

function hasStatus(rule: Rule, failure: Failure): boolean {
  return failure.status !== undefined && (rule.statuses?.includes(failure.status) ?? false);
}

function byStatusClass(failure: Failure): Classified {
  const { status } = failure;
  // An error event of an unknown kind broke off the stream; what caused it may have passed.
  if (status === undefined)
    return failure.type === 'invalid_request_error'
      ? { code: 'MODEL_REQUEST_INVALID', retryable: false }
      : { code: 'MODEL_SERVER_ERROR', retryable: true };
  return status >= 500
    ? { code: 'MODEL_SERVER_ERROR', retryable: true }
    : { code: 'MODEL_REQUEST_INVALID', retryable: false };
}

/** The server may know better, but it cannot make an empty account or an oversized request worth a second try. */
function obeyHeader(found: Classified, failure: Failure): boolean {
  const advice = failure.header('x-should-retry');
  if (advice === 'false') return false;
  const hopeless: readonly ModelErrorCode[] = ['MODEL_QUOTA', 'MODEL_REQUEST_TOO_LARGE', 'MODEL_AUTH'];
  return advice === 'true' && !hopeless.includes(found.code) ? true : found.retryable;
}

/** Milliseconds that the server asks us to wait: `retry-after-ms`, or `retry-after` in seconds or as a date. */
export function retryAfterMsOf(failure: Failure, nowMs: number): number | undefined {
  const exact = Number.parseFloat(failure.header('retry-after-ms') ?? '');
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const header = failure.header('retry-after');
  if (header === undefined) return undefined;
  const wait = /^\d+(\.\d+)?$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isFinite(wait) ? Math.max(0, Math.round(wait)) : undefined;
}
