import { IcebergError } from '../iceberg-error.ts';
import { quoteList } from '../quote.ts';
import type { SqlEngine } from '../sql-engine.ts';

/** A column of a Parquet file as it is written there. */
export interface ShapeNode {
  readonly name: string;
  readonly id: number | undefined;
  readonly isGroup: boolean;
  readonly children: readonly ShapeNode[];
}

export interface FileShape {
  /** Equal for files of equal shape. */
  readonly key: string;
  readonly columns: readonly ShapeNode[];
}

interface SchemaRow {
  readonly name: string;
  readonly children: number;
  readonly id: number | undefined;
}

/** The columns of each file, by its path, with their ids. */
export async function readShapes(
  engine: SqlEngine,
  paths: readonly string[],
): Promise<ReadonlyMap<string, FileShape>> {
  if (paths.length === 0) return new Map();
  const rows = await engine.run(
    `SELECT file_name, name, num_children, field_id FROM parquet_schema(${quoteList(paths)})`,
  );
  const byFile = Map.groupBy(rows, (row) => String(row['file_name']));
  return new Map(
    [...byFile].map(([path, ofFile]) => {
      const columns = readTree(
        ofFile.map((row) => ({
          name: String(row['name']),
          children: Number(row['num_children'] ?? 0),
          id: row['field_id'] === null ? undefined : Number(row['field_id']),
        })),
      );
      refuseWithoutIds(path, columns);
      return [path, { key: JSON.stringify(columns), columns }];
    }),
  );
}

/** Parquet lists its columns depth first, each with the number of those below it. The first is the row itself. */
function readTree(rows: readonly SchemaRow[]): readonly ShapeNode[] {
  let next = 0;
  const read = (): ShapeNode => {
    const row = rows[next++];
    if (!row) throw new IcebergError('DAMAGED', 'The schema of a Parquet file is cut off.');
    const children = Array.from({ length: row.children }, read);
    return { name: row.name, id: row.id, isGroup: row.children > 0, children };
  };
  return read().children;
}

/** Without ids nobody can tell a renamed column from a new one; guessing by name would give wrong rows. */
function refuseWithoutIds(path: string, columns: readonly ShapeNode[]): void {
  if (columns.every((column) => column.id !== undefined)) return;
  throw new IcebergError('UNSUPPORTED', `${path} has columns without field ids, which is not read here.`, {
    hint: "let an engine that knows the table's name mapping rewrite its files.",
  });
}
