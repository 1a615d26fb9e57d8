import { discardPrepared, type PreparedRows, tableName } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { keepsRowRules } from '../quality/rows-that-keep.ts';
import type { SourceRecord } from '../sources/source.ts';
import { loadChunks } from './load-chunks.ts';
import { checkBatchSql, collectSql, type LoadOrigin } from './load-sql.ts';
import { quoteName } from './quote-sql.ts';
import { fillStage } from './stage.ts';
import type { Session } from './statement.ts';
import type { StoreSession } from './store-session.ts';
import type { LoadRequest, TableDefinition } from './table-store.ts';
import { tallyLoad } from './tally-load.ts';

/** A file that was read once. */
export interface CheckedFile {
  readonly origin: LoadOrigin;
  readonly rowsRead: number;
  /**
   * Rows that were sound as they were read and are in files of the table already; their load id is that of `origin`. A set that
   * loses rows is written anew in its place.
   */
  readonly early: PreparedRows[];
}

/**
 * Reads the file once: every record goes, typed, into the temporary table `accepted`, or with what is wrong with it into
 * `rejected`. Keys are judged later, when it is known what the table holds. Of a large CSV the sound rows are written at
 * once, where no rule can set them aside.
 */
export async function checkFile(
  at: StoreSession,
  { request, origin }: { request: LoadRequest; origin: LoadOrigin },
): Promise<CheckedFile> {
  const { definition, casts } = request;
  const collect = collectOf(request);
  await fillStage(at.session, { columns: definition.columns.length, batch: [], firstNumber: 0 });
  await at.session.run(checkBatchSql(definition, casts));
  await at.session.run(`CREATE OR REPLACE TEMP TABLE accepted AS ${collect.accepted}`);
  await at.session.run(`CREATE OR REPLACE TEMP TABLE rejected AS ${collect.rejected}`);
  const { fastCsv } = request;
  const early: PreparedRows[] = [];
  try {
    const keepsRules = fastCsv && (await conditionOfEarly(at.session, request));
    const records =
      fastCsv === undefined || keepsRules === undefined
        ? request.batches
        : loadChunks(at, { fastCsv, request, origin, early, keepsRules });
    const rowsChecked = await checkBatches(at.session, { request, records, firstNumber: 0 });
    const rowsEarly = countRows(early);
    const rowsRead = rowsChecked + rowsEarly;
    await request.verify(rowsRead);
    request.judge?.(await tallyLoad(at.session, { definition, rowsRead, rowsEarly }));
    return { origin, rowsRead, early };
  } catch (error) {
    await discardEarly(at, { request, early });
    throw error;
  }
}

/**
 * Which rows may be written before all are read: those that no rule sets aside. Undefined when none may, because such a rule
 * is judged over all rows, which then must be in `accepted`.
 */
async function conditionOfEarly(
  session: Session,
  { definition, rules = [] }: LoadRequest,
): Promise<string | undefined> {
  const condition = keepsRowRules(rules, definition);
  return condition !== undefined && (await canRun(session, { definition, condition }))
    ? condition
    : undefined;
}

/** A pattern that is no regular expression shows when it runs; it is told where all rules are judged, with the rule's name. */
async function canRun(
  session: Session,
  { definition, condition }: { definition: TableDefinition; condition: string },
): Promise<boolean> {
  const nulls = definition.columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoteName(name)}`);
  try {
    await session.read(`SELECT ${condition} FROM (SELECT ${nulls.join(', ')})`);
    return true;
  } catch (error) {
    if (error instanceof LakeFailure) return false;
    throw error;
  }
}

export function countRows(prepared: readonly PreparedRows[]): number {
  return prepared.reduce((sum, { rowCount }) => sum + rowCount, 0);
}

/** Removes the files of a load that does not happen. */
export async function discardEarly(
  { warehouse }: StoreSession,
  { request, early }: { request: LoadRequest; early: readonly PreparedRows[] },
): Promise<void> {
  if (early.length === 0) return;
  await discardPrepared(warehouse, { table: tableName(request.definition.table), prepared: early });
}

/** All files of the load's rows, as one set. */
export function joinPrepared(sets: readonly PreparedRows[]): PreparedRows {
  const first = sets[0];
  if (first === undefined) throw new LakeFailure('A load without any set of files.');
  return {
    tableUuid: first.tableUuid,
    rowCount: countRows(sets),
    files: sets.flatMap(({ files }) => files),
  };
}

/** @returns records that were given. */
export async function checkBatches(
  session: Session,
  {
    request,
    records,
    firstNumber,
  }: { request: LoadRequest; records: AsyncIterable<readonly SourceRecord[]>; firstNumber: number },
): Promise<number> {
  const { definition, casts } = request;
  const collect = collectOf(request);
  let read = 0;
  for await (const batch of records) {
    await fillStage(session, { columns: definition.columns.length, batch, firstNumber: firstNumber + read });
    read += batch.length;
    await session.run(checkBatchSql(definition, casts));
    await session.run(`INSERT INTO accepted ${collect.accepted}`);
    await session.run(`INSERT INTO rejected ${collect.rejected}`);
  }
  return read;
}

/** The raw row of a good record is needed where its key may repeat or a rule may set it aside. */
function collectOf({ definition, rules = [] }: LoadRequest): ReturnType<typeof collectSql> {
  return collectSql(definition, definition.primary_key.length > 0 || rules.length > 0);
}
