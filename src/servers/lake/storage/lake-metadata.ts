import type { Session } from './statement.ts';
import type { LoadSummary, TableDefinition } from './table-store.ts';

/** What the lake knows about its tables, beside what DuckDB knows. The schema is refused to all SQL from outside. */
export const metadataSchema = '_lake';

export async function createMetadata(session: Session): Promise<void> {
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${metadataSchema}`);
  await session.run(
    `CREATE TABLE IF NOT EXISTS _lake.tables (name VARCHAR PRIMARY KEY, definition VARCHAR NOT NULL)`,
  );
  await session.run('CREATE SEQUENCE IF NOT EXISTS _lake.load_number');
  await session.run(
    `CREATE TABLE IF NOT EXISTS _lake.loads (
       number BIGINT NOT NULL, table_name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, vendor_name VARCHAR NOT NULL,
       options_key VARCHAR NOT NULL, file VARCHAR NOT NULL,
       rows_read BIGINT NOT NULL, rows_loaded BIGINT NOT NULL, rows_rejected BIGINT NOT NULL, ingested_at TIMESTAMP NOT NULL)`,
  );
}

export async function readDefinitions(session: Session): Promise<TableDefinition[]> {
  const found = await session.read('SELECT definition FROM _lake.tables ORDER BY name');
  return found.getRows().map(([text]) => JSON.parse(String(text)) as TableDefinition);
}

export async function readDefinition(session: Session, table: string): Promise<TableDefinition | undefined> {
  const found = await session.read('SELECT definition FROM _lake.tables WHERE name = $table', { table });
  const text = found.getRows()[0]?.[0];
  return text === undefined ? undefined : (JSON.parse(String(text)) as TableDefinition);
}

export async function writeDefinition(session: Session, definition: TableDefinition): Promise<void> {
  const values = { table: definition.table, text: JSON.stringify(definition) };
  await session.run('INSERT OR REPLACE INTO _lake.tables VALUES ($table, $text)', values);
}

/** A load is known by what was loaded for whom into what. */
export interface LoadIdentity {
  readonly table: string;
  readonly sha256: string;
  readonly vendor: string;
}

export interface RecordedLoad extends LoadSummary {
  readonly optionsKey: string;
}

const loadColumns = 'file, sha256, vendor_name, rows_read, rows_loaded, rows_rejected, options_key';

export async function findLoad(session: Session, load: LoadIdentity): Promise<RecordedLoad | undefined> {
  const found = await session.read(
    `SELECT ${loadColumns} FROM _lake.loads WHERE table_name = $table AND sha256 = $sha256 AND vendor_name = $vendor`,
    { ...load },
  );
  return found.getRows().map(toLoad)[0];
}

export async function readLoads(session: Session, table: string): Promise<LoadSummary[]> {
  const found = await session.read(
    `SELECT ${loadColumns} FROM _lake.loads WHERE table_name = $table ORDER BY number`,
    { table },
  );
  return found.getRows().map((row) => {
    const { optionsKey: _, ...summary } = toLoad(row);
    return summary;
  });
}

export async function recordLoad(session: Session, table: string, load: RecordedLoad): Promise<void> {
  const { optionsKey, file, sha256, vendor_name, rows_read, rows_loaded, rows_rejected } = load;
  await session.run(
    `INSERT INTO _lake.loads VALUES (nextval('_lake.load_number'), $table, $sha256, $vendor_name, $optionsKey, $file,
       ${rows_read}, ${rows_loaded}, ${rows_rejected}, now()::TIMESTAMP)`,
    { table, sha256, vendor_name, optionsKey, file },
  );
}

function toLoad(row: readonly unknown[]): RecordedLoad {
  const [file, sha256, vendor, read, loaded, rejected, optionsKey] = row;
  return {
    file: String(file),
    sha256: String(sha256),
    vendor_name: String(vendor),
    rows_read: Number(read),
    rows_loaded: Number(loaded),
    rows_rejected: Number(rejected),
    optionsKey: String(optionsKey),
  };
}
