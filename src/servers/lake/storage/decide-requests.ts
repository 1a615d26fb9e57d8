import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import {
  IcebergError,
  loadTable,
  openWarehouse,
  rollbackTo,
  tableName,
  type Warehouse,
} from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { tellIcebergFailures } from './iceberg-failure.ts';
import { type Ledger, openLedger } from './lake-ledger.ts';
import { settleLoads } from './load-ledger.ts';
import {
  decideRequest,
  finishRequest,
  isBegun,
  type LakeRequest,
  listRequestRows,
  type RequestStatus,
  reopenRequest,
  requestOf,
  requireOwnTable,
} from './rollback-requests.ts';
import { takesColumnsOfRows } from './table-definition.ts';

interface Lake {
  readonly warehouse: Warehouse;
  readonly ledger: Ledger;
}

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
 * can be loaded again. It is decided first and done then, so that nobody rejects what is being done; a decision that was not
 * carried out, because its process died, is carried out by approving again.
 * @throws LakeFailure when it was decided already, or the table changed since it was asked: more would be undone than was shown.
 */
export function approveRequest(folder: string, { request: id, who }: Decision): Promise<LakeRequest> {
  return withLake(folder, async (lake) => {
    const request = requestOf(lake.ledger, id);
    requireOwnTable(request.table);
    if (!decideRequest(lake.ledger, { id, status: 'approved', who }) && !isBegun(lake.ledger, id))
      throw decidedBefore(lake.ledger, id);
    try {
      await carryOut(lake, request);
    } catch (error) {
      if (error instanceof LakeFailure || IcebergError.is(error, 'CONFLICT')) reopenRequest(lake.ledger, id);
      throw error;
    }
    finishRequest(lake.ledger, { id, who });
    return requestOf(lake.ledger, id);
  });
}

async function carryOut({ warehouse, ledger }: Lake, request: LakeRequest): Promise<void> {
  const table = tableName(request.table);
  const { metadata } = await loadTable(warehouse, table);
  if (metadata['table-uuid'] !== request.tableUuid) throw changedSince(request);
  const { snapshot: snapshotId, current: from } = request.details;
  const now = metadata['current-snapshot-id'];
  // At the wanted snapshot: whoever approved it before died before it was written down.
  if (now !== snapshotId && now !== from) throw changedSince(request);
  const rollback = { table, snapshotId, from, withColumns: takesColumnsOfRows };
  const after = now === snapshotId ? metadata : (await rollbackTo(warehouse, rollback)).metadata;
  settleLoads(ledger, after);
}

/** Nothing is changed, and the request cannot be approved any more. */
export function rejectRequest(folder: string, { request: id, who }: Decision): Promise<LakeRequest> {
  return withLake(folder, async ({ ledger }) => {
    requestOf(ledger, id);
    if (!decideRequest(ledger, { id, status: 'rejected', who })) throw decidedBefore(ledger, id);
    return requestOf(ledger, id);
  });
}

function decidedBefore(ledger: Ledger, id: number): LakeFailure {
  const { status, decidedBy } = requestOf(ledger, id);
  return new LakeFailure(`The request ${id} was ${status} by ${decidedBy ?? 'somebody'}.`);
}

function changedSince({ id, table }: LakeRequest): LakeFailure {
  return new LakeFailure(
    `${table} has changed since the request ${id} was made: more would be undone than it shows.`,
    `reject it (aiworkflow lake reject ${id}), and have it asked for again.`,
  );
}

/** The files of the tables' rows are neither read nor written: no DuckDB is needed. */
async function withLake<T>(folder: string, work: (lake: Lake) => Promise<T>): Promise<T> {
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
