import type { EffectClass } from '../../domain/tool.ts';

/** The part of MCP's `annotations` that says what a second run would do. */
export interface EffectHints {
  readonly readOnlyHint?: boolean | undefined;
  readonly destructiveHint?: boolean | undefined;
  readonly idempotentHint?: boolean | undefined;
}

/**
 * A server that says nothing is taken at its worst. The hints are the server's own word: the
 * project's `effects` win over them.
 */
export function effectClassOf(hints: EffectHints | undefined): EffectClass {
  if (hints?.readOnlyHint === true) return 'read';
  if (hints?.idempotentHint === true) return 'idempotent';
  if (hints?.destructiveHint === false) return 'reversible';
  return 'irreversible';
}
