import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SqliteCatalog } from './catalog/sqlite-catalog.ts';
import { explaining } from './files/failures.ts';
import { locationOf } from './files/locations.ts';
import type { SnapshotId } from './metadata/table-metadata.ts';
import type { SqlEngine } from './sql-engine.ts';

/** A folder of tables, the catalog that knows them, and the engine that writes and reads their files. */
export interface Warehouse {
  readonly folder: string;
  readonly catalog: SqliteCatalog;
  /** Its failures say which file of the warehouse is damaged, and when the disk is full. */
  readonly engine: SqlEngine;
  /** Size at which a data file is closed, instead of what each table says. */
  readonly fileBytes?: number | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newSnapshotId: () => SnapshotId;
  close(): void;
}

export interface WarehouseSettings {
  readonly folder: string;
  readonly engine: SqlEngine;
  /** By default `catalog.sqlite` in the folder. */
  readonly catalogFile?: string;
  /** By default `lake`. */
  readonly catalogName?: string;
  readonly now?: () => number;
}

/**
 * Opens the warehouse, and makes its folder and catalog when they are absent.
 * @throws IcebergError INVALID when the folder's path cannot be written as a location.
 */
export function openWarehouse(settings: WarehouseSettings): Warehouse {
  const folder = resolve(settings.folder);
  locationOf(folder);
  mkdirSync(folder, { recursive: true });
  const catalog = new SqliteCatalog({
    file: settings.catalogFile ?? join(folder, 'catalog.sqlite'),
    name: settings.catalogName ?? 'lake',
  });
  return {
    folder,
    catalog,
    engine: explaining(settings.engine, folder),
    now: settings.now ?? Date.now,
    newSnapshotId,
    close: () => catalog.close(),
  };
}

/** The same warehouse with another session of DuckDB, and with files of another size. */
export function withEngine(warehouse: Warehouse, engine: SqlEngine, fileBytes?: number): Warehouse {
  return { ...warehouse, engine: explaining(engine, warehouse.folder), fileBytes };
}

/** 52 random bits: every reader holds them in a number without rounding. */
function newSnapshotId(): SnapshotId {
  const id = randomBytes(8).readBigUInt64LE() & 0xf_ffff_ffff_ffffn;
  return id === 0n ? newSnapshotId() : String(id);
}
