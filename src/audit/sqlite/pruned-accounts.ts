import type { Database } from 'better-sqlite3';
import type { AuditEvent, CallBegun, CallEnded } from '../../domain/events.ts';
import type { Position } from '../../domain/position.ts';
import { addSpend, noSpend, type Spend, spendOf } from '../../domain/spend.ts';
import type { PrunableRun } from './prunable-runs.ts';
import { EventReader, readEventRows } from './read-rows.ts';

/**
 * Budgets keep what the runs that go have spent: it becomes a part of what the account was opened with. The accounts of
 * the runs themselves go with them. Belongs into the transaction, before the events are gone.
 */
export function settlePrunedAccounts(database: Database, runs: readonly PrunableRun[]): void {
  const spent = new Map<string, Spend>();
  const isImported = database.prepare('SELECT 1 FROM imported_runs WHERE run = ?');
  const hasCharged = database.prepare(
    `SELECT 1 FROM events WHERE run = ? AND type = 'call-begun' AND rest LIKE '%"reserved"%' LIMIT 1`,
  );
  for (const { run, runId } of runs) {
    // What another machine has paid never was in these budgets; and few logs have any.
    if (isImported.get(run) || !hasCharged.get(run)) continue;
    for (const [key, spend] of spendByAccount(eventsOf(database, runId)))
      spent.set(key, addSpend(spent.get(key) ?? noSpend, spend));
  }
  const move = database.prepare(`
    UPDATE budget_accounts SET opened_usd = opened_usd + ?, opened_tokens = opened_tokens + ? WHERE key = ?`);
  for (const [key, { usd, tokens }] of spent) move.run(usd, tokens, key);
  const forget = database.prepare(
    "DELETE FROM budget_accounts WHERE key = @own OR substr(key, 1, length(@own) + 1) = @own || '/'",
  );
  for (const { runId } of runs) forget.run({ own: `run ${runId}` });
}

function* eventsOf(database: Database, runId: string): Generator<AuditEvent> {
  const reader = new EventReader(database);
  for (const row of readEventRows(database, runId)) yield reader.read(row, runId);
}

function spendByAccount(events: Iterable<AuditEvent>): Map<string, Spend> {
  const spent = new Map<string, Spend>();
  for (const { begun, ended } of chargedCalls(events))
    for (const key of begun.reserved?.accounts ?? [])
      spent.set(key, addSpend(spent.get(key) ?? noSpend, spendOf(begun, ended)));
  return spent;
}

function chargedCalls(events: Iterable<AuditEvent>) {
  const calls = new Map<Position, { readonly begun: CallBegun; ended?: CallEnded }>();
  for (const event of events) {
    if (event.type === 'call-begun' && event.reserved) calls.set(event.position, { begun: event });
    const call = event.type === 'call-ended' ? calls.get(event.position) : undefined;
    if (call && event.type === 'call-ended') call.ended = event;
  }
  return calls.values();
}
