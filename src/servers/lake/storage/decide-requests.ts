import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import {
  loadTable,
  openWarehouse,
  rollbackTo,
  type TableMetadata,
  type TableName,
  tableName,
  type Warehouse,
} from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { tellIcebergFailures } from './iceberg-failure.ts';
import { type Ledger, openLedger } from './lake-ledger.ts';
import { settleLoads } from './load-ledger.ts';
import {
  decideRequest,
  type LakeRequest,
  listRequestRows,
  type RequestStatus,
  requestOf,
} from './rollback-requests.ts';

export interface Decision {
  readonly request: number;
  /** Who decides: a person's name. */
  readonly who: string;
}

/** What was asked of a person, in the order in which it was asked. */
export function listRequests(folder: string, status?: RequestStatus): Promise<LakeRequest[]> {
  return withLake(folder, async ({ ledger }) =>
    listRequestRows(ledger).filter((request) => status === undefined || request.status === status),
  );
}

/**
 * Does what was asked: the table is at the earlier snapshot again, and the loads behind it count no more, so that their files
 * can be loaded again.
 * @throws LakeFailure when it was decided already, or the table changed since it was asked: more would be undone than was shown.
 */
export function approveRequest(folder: string, { request: id, who }: Decision): Promise<LakeRequest> {
  return withLake(folder, async ({ warehouse, ledger }) => {
    const request = requireOpen(ledger, id);
    const table = tableName(request.table);
    const { metadata } = await loadTable(warehouse, table);
    if (metadata['table-uuid'] !== request.tableUuid) throw changedSince(request);
    const { snapshot: snapshotId, current: from } = request.details;
    const now = metadata['current-snapshot-id'];
    // At the wanted snapshot: whoever approved it before died before it was written down.
    if (now !== snapshotId && now !== from) throw changedSince(request);
    const after = now === snapshotId ? metadata : await rolledBack(warehouse, { table, snapshotId, from });
    settleLoads(ledger, after);
    decideRequest(ledger, { id, status: 'approved', who });
    return requestOf(ledger, id);
  });
}

async function rolledBack(
  warehouse: Warehouse,
  to: { table: TableName; snapshotId: string; from: string },
): Promise<TableMetadata> {
  return (await rollbackTo(warehouse, to)).metadata;
}

/** Nothing is changed, and the request cannot be approved any more. */
export function rejectRequest(folder: string, { request: id, who }: Decision): Promise<LakeRequest> {
  return withLake(folder, async ({ ledger }) => {
    requireOpen(ledger, id);
    decideRequest(ledger, { id, status: 'rejected', who });
    return requestOf(ledger, id);
  });
}

function requireOpen(ledger: Ledger, id: number): LakeRequest {
  const request = requestOf(ledger, id);
  if (request.status === 'open') return request;
  throw new LakeFailure(`The request ${id} was ${request.status} by ${request.decidedBy ?? 'somebody'}.`);
}

function changedSince({ id, table }: LakeRequest): LakeFailure {
  return new LakeFailure(
    `${table} has changed since the request ${id} was made: more would be undone than it shows.`,
    `reject it (aiworkflow lake reject ${id}), and have it asked for again.`,
  );
}

/** The files of the tables' rows are neither read nor written: no DuckDB is needed. */
async function withLake<T>(
  folder: string,
  work: (lake: { warehouse: Warehouse; ledger: Ledger }) => Promise<T>,
): Promise<T> {
  if (!existsSync(join(folder, 'catalog.sqlite'))) {
    throw new LakeFailure(`There is no lake in ${folder}.`, 'name its folder with --warehouse <dir>.');
  }
  const warehouse = openWarehouse({
    // As the server opens it: locations in the tables are real paths.
    folder: realpathSync(folder),
    engine: { run: () => Promise.reject(new Error('No rows are read here.')) },
  });
  const ledger = openLedger(folder);
  try {
    return await tellIcebergFailures(() => work({ warehouse, ledger }));
  } finally {
    ledger.close();
    warehouse.close();
  }
}
