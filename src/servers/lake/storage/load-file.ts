import { setTimeout } from 'node:timers/promises';
import { messageOf } from '../../../errors/index.ts';
import { IcebergError, loadTable, prepareRows, type TableState, tableName } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { haveSameRecords, partWords, printPart, readPart } from '../sources/file-part.ts';
import { ingestErrorsTable } from './audit-columns.ts';
import { auditLoad } from './audit-load.ts';
import { type CheckedFile, checkFile, discardEarly, joinPrepared } from './check-file.ts';
import { abandonRefused, commitLoad, discardLoad, type LoadWork, printWork } from './commit-load.ts';
import { withoutPaths } from './iceberg-failure.ts';
import { judgeKeys } from './judge-keys.ts';
import { newLoadId } from './load-id.ts';
import {
  intendLoad,
  lastNumberOf,
  leaveLoad,
  presentLoads,
  type RecordedLoad,
  releaseLoad,
  unfinishedOf,
} from './load-ledger.ts';
import { readRejects } from './load-rejects.ts';
import { type LoadOrigin, loadedSql, rejectedSql } from './load-sql.ts';
import type { StoreSession } from './store-session.ts';
import type { LoadReport, LoadRequest } from './table-store.ts';

/**
 * Loads a file whole or not at all. Every record goes to the table or to `product_raw.ingest_errors`, and the counts must add
 * up: those of the records that were read, of the rows that were judged, and of the rows in the files that were written.
 */
export async function loadFile(at: StoreSession, request: LoadRequest): Promise<LoadReport> {
  const before = await lookUp(at, request);
  if (before.isThere) return report(at, { load: before.previous, already: true });
  let checked = await checkFile(at, { request, origin: originOf(request) });
  for (let tries = 1; ; tries++) {
    const found = await lookUp(at, request);
    if (found.isThere) {
      await discardEarly(at, { request, early: checked.early });
      return report(at, { load: found.previous, already: true });
    }
    const attempt = { ...found, request, checked };
    const quality = await judge(at, attempt);
    const load = await tryLoad(at, attempt);
    if (load) return { ...(await report(at, { load, replaced: found.previous !== undefined })), quality };
    if (tries === mostAttempts) throw overtaken(at, { request, state: found.state });
    await setTimeout(Math.random() * 50 * tries);
    checked = await nextTry(at, { request, checked });
  }
}

/** Keys against the table as it is, then the rules of quality. Of a load that is refused no file stays. */
async function judge(at: StoreSession, attempt: Attempt): Promise<LoadReport['quality']> {
  const { request, checked } = attempt;
  try {
    await judgeKeys(at, { request, checked, replaced: attempt.previous?.id });
    return await auditLoad(at, { request, checked });
  } catch (error) {
    await discardEarly(at, { request, early: checked.early });
    throw error;
  }
}

/** A try has an id of its own. Rows that were written early have the last one's, and went with it: they are read again. */
function nextTry(
  at: StoreSession,
  { request, checked }: { request: LoadRequest; checked: CheckedFile },
): CheckedFile | Promise<CheckedFile> {
  const origin = originOf(request);
  return checked.early.length === 0 ? { ...checked, origin } : checkFile(at, { request, origin });
}

// A try is repeated when another writer changed a table with a key, or is at the same file this moment.
const mostAttempts = 20;

interface Found {
  readonly state: TableState;
  /** The ledger's newest row of this content: a newer one means that another writer was first. */
  readonly lastNumber: number;
  readonly previous: RecordedLoad | undefined;
  readonly isThere: false;
}

/** The table as it is, and the load of the same content that is in it. */
async function lookUp(
  { warehouse, ledger }: StoreSession,
  request: LoadRequest,
): Promise<Found | { previous: RecordedLoad; isThere: true }> {
  const { definition, sha256, vendorName, optionsKey, force } = request;
  const state = await loadTable(warehouse, tableName(definition.table));
  const content = { tableUuid: state.metadata['table-uuid'], sha256, vendor_name: vendorName };
  const lastNumber = lastNumberOf(ledger, content);
  const present = presentLoads(ledger, state.metadata);
  const part = request.part ?? {};
  const [previous, second] = present.filter(
    (load) =>
      load.sha256 === sha256 &&
      load.vendor_name === vendorName &&
      haveSameRecords(readPart(load.part, load.optionsKey), part),
  );
  if (previous && second) throw severalParts(request, [previous, second]);
  if (previous?.optionsKey === optionsKey && !force) return { previous, isThere: true };
  return { state, lastNumber, previous, isThere: false };
}

/** A load takes the place of one other: of two the records of neither may be lost, or stand there twice. */
function severalParts({ file, definition }: LoadRequest, loads: readonly RecordedLoad[]): LakeFailure {
  const parts = loads.map(({ part, optionsKey }) => partWords(readPart(part, optionsKey)) || 'all of it');
  return new LakeFailure(
    `Parts of ${file} were loaded into ${definition.table} one by one (${parts.join('; ')}), and what is asked for now has records of several of them.`,
    'load each part again by itself, with its own sheet, record_path, record_element or record_filter.',
  );
}

interface Attempt extends Found {
  readonly request: LoadRequest;
  readonly checked: CheckedFile;
}

/** @returns undefined when another writer was first and all is to be judged again */
async function tryLoad(at: StoreSession, attempt: Attempt): Promise<RecordedLoad | undefined> {
  const load = await prepareLoad(at, attempt).catch(async (error: unknown) => {
    await discardEarly(at, { request: attempt.request, early: attempt.checked.early });
    throw error;
  });
  if (!intendLoad(at.ledger, { load, lastNumber: attempt.lastNumber })) {
    await discardLoad(at, load);
    return undefined;
  }
  try {
    await commitLoad(at, load);
    return load;
  } catch (error) {
    if (IcebergError.is(error, 'CONFLICT') && (await abandonRefused(at, load))) return undefined;
    throw leftUnfinished(at, { load, error });
  } finally {
    leaveLoad(load.id);
  }
}

/** Writes the files of both tables. */
async function prepareLoad(at: StoreSession, attempt: Attempt): Promise<RecordedLoad & { work: string }> {
  const { request, state, previous } = attempt;
  const { origin, rowsRead, early } = attempt.checked;
  const late = await prepareRows(at.warehouse, {
    table: state.table,
    select: loadedSql(request.definition, origin),
  });
  const target = joinPrepared([late, ...early]);
  const errors = await prepareRows(at.warehouse, {
    table: tableName(ingestErrorsTable),
    select: rejectedSql(request.definition, origin),
  }).catch(async (error: unknown) => {
    await discardEarly(at, { request, early: [late] });
    throw error;
  });
  const hasKey = request.definition.primary_key.length > 0;
  const basedOn = state.metadata['current-snapshot-id'] ?? null;
  const work: LoadWork = {
    target,
    errors,
    ...(hasKey && { basedOn }),
    ...(at.inForce && { compute: at.inForce }),
  };
  const load = {
    id: origin.id,
    kind: 'load',
    status: 'intended',
    table: request.definition.table,
    tableUuid: state.metadata['table-uuid'],
    optionsKey: request.optionsKey,
    part: request.part ? printPart(request.part) : null,
    file: request.file,
    sha256: request.sha256,
    vendor_name: request.vendorName,
    rows_read: rowsRead,
    rows_loaded: target.rowCount,
    rows_rejected: errors.rowCount,
    replaces: previous?.id ?? null,
    run: origin.run,
    call: origin.call,
    contract: origin.contract,
    work: printWork(work),
    snapshotId: null,
    ingestedAtMs: origin.ingestedAtMs,
  } as const;
  if (load.rows_loaded + load.rows_rejected === rowsRead) return load;
  await discardLoad(at, load);
  throw new LakeFailure(
    `The load does not reconcile: ${rowsRead} records read, ${load.rows_loaded} loaded and ${load.rows_rejected} rejected. Nothing was kept.`,
  );
}

function originOf({ definition, vendorName, file, sha256, origin, contract }: LoadRequest): LoadOrigin {
  const ingestedAtMs = Date.now();
  return {
    id: newLoadId(ingestedAtMs),
    table: definition.table,
    vendorName,
    file,
    sha256,
    run: origin?.run ?? null,
    call: origin?.call ?? null,
    contract: contract ?? null,
    ingestedAtMs,
  };
}

async function report(
  at: StoreSession,
  { load, already = false, replaced = false }: { load: RecordedLoad; already?: boolean; replaced?: boolean },
): Promise<LoadReport> {
  const { file, sha256, vendor_name, rows_read, rows_loaded, rows_rejected } = load;
  return {
    file,
    sha256,
    vendor_name,
    rows_read,
    rows_loaded,
    rows_rejected,
    ...(await readRejects(at, load.id)),
    already_ingested: already,
    replaced_previous_load: replaced,
  };
}

/** Its commits are made by whoever comes next; nothing of it is made twice. */
function leftUnfinished(
  { ledger }: StoreSession,
  { load, error }: { load: RecordedLoad; error: unknown },
): LakeFailure {
  releaseLoad(ledger, load.id);
  const failure = new LakeFailure(
    `The load ${load.id} of ${load.file} into ${load.table} was begun and is not finished: ${withoutPaths(messageOf(error))}`,
    'call again: what is missing of it is made first, and nothing twice. aiworkflow lake loads shows it as long as it waits.',
  );
  failure.cause = error;
  return failure;
}

function overtaken(
  { ledger }: StoreSession,
  { request, state }: { request: LoadRequest; state: TableState },
): LakeFailure {
  const { definition, sha256, vendorName } = request;
  const tableUuid = state.metadata['table-uuid'];
  const other = unfinishedOf(ledger, { tableUuid, sha256, vendor_name: vendorName });
  if (other) {
    return new LakeFailure(
      `The load ${other.id} of the same content into ${definition.table} is under way, or waits for its end. Nothing was kept of this one.`,
      'call again when it is done: aiworkflow lake loads shows it.',
    );
  }
  return new LakeFailure(
    `${definition.table} is changed by others all the time: ${mostAttempts} attempts. Nothing was kept.`,
    'call again when fewer loads run at once.',
  );
}
