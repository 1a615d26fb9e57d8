import Database from 'better-sqlite3';
import { namespaceText, type TableName } from './table-name.ts';

/**
 * Where each table's current metadata is, in the layout of Iceberg's own JDBC catalog: PyIceberg's SqlCatalog and
 * Spark's JdbcCatalog open the same file. It is the one judge between writers: a commit is the change of one row.
 */
export class SqliteCatalog {
  readonly #database: Database.Database;
  readonly #name: string;
  readonly isReadOnly: boolean;

  constructor(settings: CatalogSettings) {
    const readonly = settings.readOnly ?? false;
    this.#database = new Database(settings.file, { readonly, timeout: lockWaitMs });
    this.#name = settings.name;
    this.isReadOnly = readonly;
    if (!readonly) this.#prepare();
  }

  findLocation(table: TableName): string | undefined {
    const row = this.#database
      .prepare<unknown[], { metadata_location: string }>(
        `SELECT metadata_location FROM iceberg_tables WHERE ${oneTable}`,
      )
      .get(...this.#key(table));
    return row?.metadata_location;
  }

  /** @returns false when the catalog has a table of this name. */
  insert(table: TableName, location: string): boolean {
    const inserted = this.#database
      .prepare(
        `INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location)
         VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .run(...this.#key(table), location);
    return inserted.changes === 1;
  }

  /** @returns false when the table's row does not point to `from` any more: another writer was first. */
  swap(table: TableName, { from, to }: { from: string; to: string }): boolean {
    const updated = this.#database
      .prepare(
        `UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ?
         WHERE ${oneTable} AND metadata_location = ?`,
      )
      .run(to, from, ...this.#key(table), from);
    return updated.changes === 1;
  }

  remove(table: TableName): boolean {
    return (
      this.#database.prepare(`DELETE FROM iceberg_tables WHERE ${oneTable}`).run(...this.#key(table))
        .changes === 1
    );
  }

  /** @returns false when the new name is taken or the old one is gone. */
  rename(table: TableName, to: TableName): boolean {
    if (this.findLocation(to) !== undefined) return false;
    const renamed = this.#database
      .prepare(`UPDATE OR IGNORE iceberg_tables SET table_namespace = ?, table_name = ? WHERE ${oneTable}`)
      .run(namespaceText(to.namespace), to.name, ...this.#key(table));
    return renamed.changes === 1;
  }

  createNamespace(namespace: readonly string[]): void {
    this.#database
      .prepare(
        `INSERT INTO iceberg_namespace_properties VALUES (?, ?, 'exists', 'true') ON CONFLICT DO NOTHING`,
      )
      .run(this.#name, namespaceText(namespace));
  }

  /** @returns false when it, or one below it, has tables, or another one is below it. */
  dropNamespace(namespace: readonly string[]): boolean {
    const name = namespaceText(namespace);
    const drop = this.#database.transaction(() => {
      const isBelow = (other: readonly string[]) =>
        other.length > namespace.length && namespaceText(other).startsWith(`${name}.`);
      if (this.listNamespaces().some(isBelow)) return false;
      const tables = this.#database
        .prepare('SELECT 1 FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ?')
        .get(this.#name, name);
      if (tables !== undefined) return false;
      this.#database
        .prepare('DELETE FROM iceberg_namespace_properties WHERE catalog_name = ? AND namespace = ?')
        .run(this.#name, name);
      return true;
    });
    return drop.immediate();
  }

  /** Sorted; those that were made and those that have tables. */
  listNamespaces(): readonly (readonly string[])[] {
    const rows = this.#database
      .prepare<unknown[], { namespace: string }>(
        `SELECT namespace FROM iceberg_namespace_properties WHERE catalog_name = @name
         UNION SELECT table_namespace FROM iceberg_tables WHERE catalog_name = @name ORDER BY 1`,
      )
      .all({ name: this.#name });
    return rows.map((row) => row.namespace.split('.'));
  }

  /** Sorted by name. */
  listTables(namespace: readonly string[]): readonly TableName[] {
    const rows = this.#database
      .prepare<unknown[], { table_name: string }>(
        `SELECT * FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ? ORDER BY table_name`,
      )
      .all(this.#name, namespaceText(namespace));
    const tables = rows.filter(
      (row) => ((row as { iceberg_type?: string | null }).iceberg_type ?? 'TABLE') === 'TABLE',
    );
    return tables.map((row) => ({ namespace, name: row.table_name }));
  }

  close(): void {
    this.#database.close();
  }

  #key(table: TableName): [string, string, string] {
    return [this.#name, namespaceText(table.namespace), table.name];
  }

  #prepare(): void {
    // Power may fail after a commit was reported: FULL is SQLite's default, but its builders may choose another one.
    this.#database.pragma('synchronous = FULL');
    this.#database.exec(`
      CREATE TABLE IF NOT EXISTS iceberg_tables (
        catalog_name VARCHAR(255) NOT NULL,
        table_namespace VARCHAR(255) NOT NULL,
        table_name VARCHAR(255) NOT NULL,
        metadata_location VARCHAR(1000),
        previous_metadata_location VARCHAR(1000),
        iceberg_type VARCHAR(5),
        PRIMARY KEY (catalog_name, table_namespace, table_name)
      );
      CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
        catalog_name VARCHAR(255) NOT NULL,
        namespace VARCHAR(255) NOT NULL,
        property_key VARCHAR(255) NOT NULL,
        property_value VARCHAR(1000),
        PRIMARY KEY (catalog_name, namespace, property_key)
      );`);
  }
}

export interface CatalogSettings {
  readonly file: string;
  /** Other engines must use the same name: it is part of the key. */
  readonly name: string;
  readonly readOnly?: boolean;
}

// Another writer holds the lock for one UPDATE; ten seconds are for a machine that stands still.
const lockWaitMs = 10_000;

const oneTable = 'catalog_name = ? AND table_namespace = ? AND table_name = ?';
