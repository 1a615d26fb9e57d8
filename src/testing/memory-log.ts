import { hash } from 'node:crypto';
import type { AuditEvent } from '../domain/events.ts';
import type { Hash } from '../domain/hash.ts';
import type { AuditReader, AuditWriter } from '../ports/audit-log.ts';
import type { Scrub } from '../ports/environment.ts';

/** An audit log that lives and dies with the process: for tests, and for programs that want no file. */
export interface MemoryLog extends AuditWriter, AuditReader {
  readonly runIds: readonly string[];
}

export function memoryLog({ scrub = (text: string) => text }: { readonly scrub?: Scrub } = {}): MemoryLog {
  const texts = new Map<Hash, string>();
  const runs = new Map<string, AuditEvent[]>();
  return {
    store(text) {
      const clean = scrub(text);
      const key = hash('sha256', clean, 'hex');
      texts.set(key, clean);
      return key;
    },
    append(runId, event) {
      const events = runs.get(runId) ?? [];
      // A copy through JSON: what is read back must not depend on objects that the run still holds.
      events.push(JSON.parse(scrub(JSON.stringify(event))) as AuditEvent);
      runs.set(runId, events);
    },
    commit: async () => undefined,
    events: (runId) => runs.get(runId) ?? [],
    load: (key) => texts.get(key),
    get runIds() {
      return [...runs.keys()];
    },
  };
}
