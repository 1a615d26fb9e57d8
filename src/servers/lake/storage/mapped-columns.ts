import type { DraftType } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { draftOfResult } from './iceberg-types.ts';
import type { Session } from './statement.ts';
import type { ResultColumn } from './table-store.ts';

/** A column of the temporary table `mapped`. */
export interface MappedColumn extends ResultColumn {
  /** How a table that takes its columns from the SQL keeps it. */
  readonly draft: () => DraftType;
}

/** @throws LakeFailure when a column has no name that a table could have. */
export async function readMappedColumns(session: Session): Promise<readonly MappedColumn[]> {
  const reader = await session.read('SELECT * FROM mapped LIMIT 0');
  const types = reader.columnTypes();
  const names = reader.columnNames();
  const odd = names.filter((name) => !/^[A-Za-z][A-Za-z0-9_]*$/.test(name)).map((name) => `"${name}"`);
  if (odd.length > 0) {
    throw new LakeFailure(
      `Columns of the result have no plain name: ${odd.join(', ')}.`,
      'name each with AS, e.g. upper(sku) AS sku.',
    );
  }
  return types.map((type, index) => {
    const name = names[index] ?? '';
    return { name, type: type.alias ?? String(type), draft: () => draftOfResult(type, name) };
  });
}
