import { LakeFailure } from '../lake-failure.ts';
import { ingestErrorsTable } from './audit-columns.ts';
import { findLoad, type LoadIdentity, recordLoad } from './lake-metadata.ts';
import { readRejects } from './load-rejects.ts';
import { checkBatchSql, insertLoadedSql, insertRejectedSql } from './load-sql.ts';
import { quoteTable } from './quote-sql.ts';
import { fillStage } from './stage.ts';
import type { Session } from './statement.ts';
import type { LoadReport, LoadRequest, LoadSummary } from './table-store.ts';

/**
 * Loads a file in one transaction. Every record goes to the table or to `product_raw.ingest_errors`; the counts are
 * taken from the tables themselves and must add up, or nothing of the load stays.
 */
export async function loadFile(session: Session, request: LoadRequest): Promise<LoadReport> {
  const identity: LoadIdentity = {
    table: request.definition.table,
    sha256: request.sha256,
    vendor: request.vendorName,
  };
  return session.transaction(async () => {
    const previous = await findLoad(session, identity);
    if (previous?.optionsKey === request.optionsKey) {
      const { optionsKey: _, ...summary } = previous;
      return report(session, { identity, summary, already: true, replaced: false });
    }
    if (previous) await removeLoad(session, identity);
    const rowsRead = await loadBatches(session, request);
    await request.verify(rowsRead);
    const summary = await reconcile(session, { identity, request, rowsRead });
    await recordLoad(session, identity.table, { ...summary, optionsKey: request.optionsKey });
    return report(session, { identity, summary, already: false, replaced: previous !== undefined });
  });
}

async function loadBatches(session: Session, request: LoadRequest): Promise<number> {
  const { definition, vendorName, file, sha256 } = request;
  const origin = { vendorName, file, sha256, table: definition.table };
  let read = 0;
  for await (const batch of request.batches) {
    await fillStage(session, { columns: definition.columns.length, batch, firstNumber: read });
    read += batch.length;
    await session.run(checkBatchSql(definition, request.casts));
    await session.run(insertLoadedSql(definition), { vendorName, file, sha256 });
    await session.run(insertRejectedSql, origin);
  }
  return read;
}

/** The same content was loaded with other options: that load is undone before this one, never added to. */
async function removeLoad(session: Session, identity: LoadIdentity): Promise<void> {
  const { sha256, vendor, table } = identity;
  const values = { sha256, vendor };
  await session.run(
    `DELETE FROM ${quoteTable(table)} WHERE _source_sha256 = $sha256 AND _vendor_name = $vendor`,
    values,
  );
  const ofTable = { ...values, table };
  await session.run(
    `DELETE FROM ${ingestErrorsTable} WHERE source_sha256 = $sha256 AND vendor_name = $vendor AND target_table = $table`,
    ofTable,
  );
  await session.run(
    'DELETE FROM _lake.loads WHERE sha256 = $sha256 AND vendor_name = $vendor AND table_name = $table',
    ofTable,
  );
}

async function reconcile(
  session: Session,
  { identity, request, rowsRead }: { identity: LoadIdentity; request: LoadRequest; rowsRead: number },
): Promise<LoadSummary> {
  const { sha256, vendor, table } = identity;
  const loaded = await session.number(
    `SELECT count(*) FROM ${quoteTable(table)} WHERE _source_sha256 = $sha256 AND _vendor_name = $vendor`,
    { sha256, vendor },
  );
  const rejected = await session.number(
    `SELECT count(*) FROM ${ingestErrorsTable} WHERE source_sha256 = $sha256 AND vendor_name = $vendor AND target_table = $table`,
    { sha256, vendor, table },
  );
  if (loaded + rejected !== rowsRead) {
    throw new LakeFailure(
      `The load does not reconcile: ${rowsRead} records read, ${loaded} loaded and ${rejected} rejected. Nothing was kept.`,
    );
  }
  return {
    file: request.file,
    sha256,
    vendor_name: vendor,
    rows_read: rowsRead,
    rows_loaded: loaded,
    rows_rejected: rejected,
  };
}

async function report(
  session: Session,
  found: { identity: LoadIdentity; summary: LoadSummary; already: boolean; replaced: boolean },
): Promise<LoadReport> {
  return {
    ...found.summary,
    ...(await readRejects(session, found.identity)),
    already_ingested: found.already,
    replaced_previous_load: found.replaced,
  };
}
