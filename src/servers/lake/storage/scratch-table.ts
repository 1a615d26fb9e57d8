import type { SourceRecord } from '../sources/source.ts';
import { tellIcebergFailures } from './iceberg-failure.ts';
import { toResultRows } from './result-values.ts';
import { fillStage } from './stage.ts';
import type { Session } from './statement.ts';
import type { ScratchTable } from './table-store.ts';

/** The texts of a file in a temporary table of a connection of its own: gone when that is closed. */
export async function openScratch(
  session: Session,
  { columns, batches }: { columns: number; batches: AsyncIterable<readonly SourceRecord[]> },
): Promise<ScratchTable> {
  try {
    let read = 0;
    for await (const batch of batches) {
      await fillStage(session, { columns, batch, firstNumber: read });
      await session.run(
        read === 0 ? 'CREATE TEMP TABLE scratch AS FROM stage' : 'INSERT INTO scratch FROM stage',
      );
      read += batch.length;
    }
    if (read === 0) {
      await fillStage(session, { columns, batch: [], firstNumber: 0 });
      await session.run('CREATE TEMP TABLE scratch AS FROM stage');
    }
  } catch (error) {
    await session.close();
    throw error;
  }
  return {
    name: 'scratch',
    query: (sql) => tellIcebergFailures(async () => toResultRows(await session.read(sql))),
    close: () => session.close(),
  };
}
