import { hash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { AuditEvent } from '../domain/events.ts';
import type { Hash } from '../domain/hash.ts';
import type { Json } from '../domain/json.ts';
import { LogError } from '../errors/index.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Scrub } from '../ports/environment.ts';

/** An audit log that lives and dies with the process: for tests, and for programs that want no file. */
export interface MemoryLog extends AuditLog {
  readonly runIds: readonly string[];
}

export function memoryLog({ scrub = (text) => text }: { readonly scrub?: Scrub } = {}): MemoryLog {
  const texts = new Map<Hash, string>();
  const runs = new Map<string, AuditEvent[]>();
  let open = true;
  const requireOpen = (): void => {
    if (!open) throw closed();
  };
  return {
    store(text) {
      requireOpen();
      const clean = scrub(text);
      const key = hash('sha256', clean, 'hex');
      texts.set(key, clean);
      return key;
    },
    append(runId, event) {
      requireOpen();
      const events = runs.get(runId) ?? [];
      requireOrder(events, event);
      // A copy through JSON: what is read back must not depend on objects that the run still holds.
      events.push(JSON.parse(scrub(canonicalJson(event as unknown as Json))) as AuditEvent);
      runs.set(runId, events);
    },
    async commit() {
      requireOpen();
    },
    events: (runId) => ({ [Symbol.iterator]: () => [...(runs.get(runId) ?? [])].values() }),
    load: (key) => texts.get(key),
    close() {
      open = false;
    },
    get runIds() {
      return [...runs.keys()];
    },
  };
}

function requireOrder(events: readonly AuditEvent[], event: AuditEvent): void {
  if ((event.type === 'run-started') !== (events.length === 0) || events.at(-1)?.type === 'run-ended')
    throw new LogError({
      code: 'UNEXPECTED',
      message: `A "${event.type}" cannot be the next event of its run.`,
    });
}

const closed = (): LogError =>
  new LogError({ code: 'LOG_UNWRITABLE', message: 'The log in memory was closed.' });
