import type { AuditEvent } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { AuditFile } from './audit-log.ts';
import { BlobStore } from './blob-store.ts';
import { hashesIn, hashesInRequest, possibleHashesIn } from './named-hashes.ts';
import { textOf } from './read-blob.ts';

/** The texts that events name, with those that their requests name; by hash, each once. */
export function textsNamedBy(log: AuditFile, events: Iterable<AuditEvent>): Set<Hash> {
  const inner = innerNames(log);
  const named = new Set<Hash>();
  for (const event of events) {
    for (const hash of [...hashesIn(event), ...possibleHashesIn(event)]) named.add(hash);
    if (event.type === 'call-begun') for (const hash of inner(event.request)) named.add(hash);
  }
  return named;
}

/** The other runs of the log that name one of the texts: they would lose it too. */
export function otherRunsNaming(log: AuditFile, texts: ReadonlySet<Hash>, runId: string): string[] {
  const inner = innerNames(log);
  const names = (event: AuditEvent): boolean =>
    [...hashesIn(event), ...possibleHashesIn(event)].some((hash) => texts.has(hash)) ||
    (event.type === 'call-begun' && inner(event.request).some((hash) => texts.has(hash)));
  return log.database
    .prepare<[], string>('SELECT run_id FROM run_keys ORDER BY run')
    .pluck()
    .all()
    .filter((other) => other !== runId && some(log.events(other), names));
}

/** Frames are the same from turn to turn: each is unpacked once. */
function innerNames(log: AuditFile): (request: Hash) => readonly Hash[] {
  const blobs = new BlobStore(log.database);
  const known = new Map<Hash, readonly Hash[]>();
  return (request) => {
    const before = known.get(request);
    if (before) return before;
    const blob = blobs.find(request);
    const hashes = hashesInRequest((blob && textOf(blob)) ?? '');
    known.set(request, hashes);
    return hashes;
  };
}

function some<Item>(items: Iterable<Item>, test: (item: Item) => boolean): boolean {
  for (const item of items) if (test(item)) return true;
  return false;
}
