import type { CallToolResult } from '@modelcontextprotocol/server';
import { AiworkflowError } from '../../../errors/index.ts';
import type { CatalogBackend } from '../backend.ts';
import type { Origin } from '../changes/change.ts';
import type { ChangeBook } from '../changes/change-book.ts';
import { Refusal } from '../refusal.ts';

/** What every tool works with. */
export interface CatalogServices {
  readonly backend: CatalogBackend;
  readonly book: ChangeBook;
  readonly nowMs: () => number;
}

export const reads = { readOnlyHint: true, idempotentHint: true, openWorldHint: false };
/** The same call again changes nothing more, and nothing is lost by it. */
export const writesOnce = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/**
 * The answer as data and as compact JSON text. What the caller can mend, and a catalog that cannot be read whole, is a result: the
 * run goes on or fails by its own rules, and its log holds what was wrong.
 */
export async function answering(work: () => Promise<Record<string, unknown>>): Promise<CallToolResult> {
  try {
    const structuredContent = await work();
    return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
  } catch (error) {
    const text = failureText(error);
    if (text === undefined) throw error;
    return { content: [{ type: 'text', text }], isError: true };
  }
}

function failureText(error: unknown): string | undefined {
  if (error instanceof Refusal) return `${error.message} ${error.hint}`;
  return AiworkflowError.is(error) ? [error.message, error.hint].filter(Boolean).join(' ') : undefined;
}

interface CallContext {
  readonly mcpReq: { readonly _meta?: Readonly<Record<string, unknown>> };
}

/** `<run>/<position>` of the call, as the program sends it with every call; another client may leave it out. */
export function originOf({ mcpReq }: CallContext): Origin | undefined {
  const key = mcpReq._meta?.['io.aiworkflow/idempotency-key'];
  if (typeof key !== 'string' || key === '') return undefined;
  const [run = key] = key.split('/', 1);
  return { run, call: key };
}
