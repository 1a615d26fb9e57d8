import { expect } from 'vitest';
import { startCatalog } from '../start-catalog.ts';

export type Structured = Record<string, unknown>;

/** A catalog process and what its tools answer. */
export interface CatalogCalls {
  ask(name: string, args?: Structured, origin?: string): Promise<Structured>;
  /** The text of an answer that has to be a failure. */
  refusal(name: string, args?: Structured): Promise<string>;
  close(): Promise<void>;
}

export async function callCatalog(...args: string[]): Promise<CatalogCalls> {
  const client = await startCatalog(...args);
  const call = (name: string, given: Structured, origin?: string) =>
    client.callTool({
      name,
      arguments: given,
      ...(origin !== undefined && { _meta: { 'io.aiworkflow/idempotency-key': origin } }),
    });
  const textOf = (result: Awaited<ReturnType<typeof call>>): string =>
    result.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  return {
    ask: async (name, given = {}, origin) => {
      const result = await call(name, given, origin);
      expect(result.isError ?? false, textOf(result)).toBe(false);
      return result.structuredContent as Structured;
    },
    refusal: async (name, given = {}) => {
      const result = await call(name, given);
      expect(result.isError, textOf(result)).toBe(true);
      return textOf(result);
    },
    close: () => client.close(),
  };
}
