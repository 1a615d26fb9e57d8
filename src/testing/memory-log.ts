import { hash } from 'node:crypto';
import type { Settlement } from '../domain/account.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { AuditEvent } from '../domain/events.ts';
import type { Hash } from '../domain/hash.ts';
import type { Json } from '../domain/json.ts';
import { assertAmounts } from '../domain/spend.ts';
import { LogError } from '../errors/index.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Scrub } from '../ports/environment.ts';
import { memoryAccounts } from './memory-accounts.ts';
import { memoryLeases } from './memory-leases.ts';

/** An audit log that lives and dies with the process: for tests, and for programs that want no file. */
export interface MemoryLog extends AuditLog {
  readonly runIds: readonly string[];
}

export function memoryLog({ scrub = (text) => text }: { readonly scrub?: Scrub } = {}): MemoryLog {
  const texts = new Map<Hash, string>();
  const runs = new Map<string, AuditEvent[]>();
  const accounts = memoryAccounts(runs);
  const leases = memoryLeases(runs);
  let open = true;
  const requireOpen = (): void => {
    if (!open) throw closed();
  };
  const append = (runId: string, event: AuditEvent, settlement?: Settlement): void => {
    requireOpen();
    if (settlement) assertAmounts(settlement);
    const events = runs.get(runId) ?? [];
    requireOrder(events, event);
    // A copy through JSON: what is read back must not depend on objects that the run still holds.
    const copy = JSON.parse(scrub(canonicalJson(event as unknown as Json))) as AuditEvent;
    leases.follow(runId, event);
    events.push(copy);
    runs.set(runId, events);
    if (settlement) accounts.settle(settlement);
  };
  return {
    store(text) {
      requireOpen();
      const clean = scrub(text);
      const key = hash('sha256', clean, 'hex');
      texts.set(key, clean);
      return key;
    },
    append,
    async appendCharged(runId, event, charge) {
      requireOpen();
      requireOrder(runs.get(runId) ?? [], event);
      const refusal = accounts.reserve(charge);
      if (!refusal) append(runId, event);
      return refusal;
    },
    async commit() {
      requireOpen();
    },
    events: (runId) => ({ [Symbol.iterator]: () => [...(runs.get(runId) ?? [])].values() }),
    load: (key) => texts.get(key),
    claim(runId) {
      requireOpen();
      leases.claim(runId);
    },
    release: leases.release,
    isHeld: leases.isHeld,
    close() {
      open = false;
    },
    get runIds() {
      return [...runs.keys()];
    },
  };
}

function requireOrder(events: readonly AuditEvent[], { type }: AuditEvent): void {
  const isFirst = events.length === 0;
  const isOver = events.findLast(isStartOrEnd)?.type === 'run-ended';
  const fits = isOver
    ? type === 'run-resumed' || type === 'call-resolved'
    : (type === 'run-started') === isFirst;
  if (!fits)
    throw new LogError({
      code: 'UNEXPECTED',
      message: `A "${type}" cannot be the next event of its run.`,
    });
}

const isStartOrEnd = ({ type }: AuditEvent): boolean => type.startsWith('run-');

const closed = (): LogError =>
  new LogError({ code: 'LOG_UNWRITABLE', message: 'The log in memory was closed.' });
