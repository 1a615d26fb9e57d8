import { checkBatchSql, collectSql } from './load-sql.ts';
import { fillStage } from './stage.ts';
import type { Session } from './statement.ts';
import type { LoadRequest } from './table-store.ts';

/**
 * Reads the file once: every record goes, typed, into the temporary table `accepted`, or with what is wrong with it into
 * `rejected`. Keys are judged later, when it is known what the table holds.
 * @returns how many records were read
 */
export async function checkFile(session: Session, request: LoadRequest): Promise<number> {
  const { definition, casts } = request;
  const width = definition.columns.length;
  const collect = collectSql(definition);
  await fillStage(session, { columns: width, batch: [], firstNumber: 0 });
  await session.run(checkBatchSql(definition, casts));
  await session.run(`CREATE TEMP TABLE accepted AS ${collect.accepted}`);
  await session.run(`CREATE TEMP TABLE rejected AS ${collect.rejected}`);
  let read = 0;
  for await (const batch of request.batches) {
    await fillStage(session, { columns: width, batch, firstNumber: read });
    read += batch.length;
    await session.run(checkBatchSql(definition, casts));
    await session.run(`INSERT INTO accepted ${collect.accepted}`);
    await session.run(`INSERT INTO rejected ${collect.rejected}`);
  }
  return read;
}
