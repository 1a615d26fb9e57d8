import { LakeFailure } from '../lake-failure.ts';
import { type CheckedFile, checkBatches } from './check-file.ts';
import { earlyRowsSql, takeOutLines } from './early-rows.ts';
import { duplicatesSql, keyRowsSql, repeatedEarlySql } from './load-sql.ts';
import { quoteName, quoteTable, quoteText } from './quote-sql.ts';
import type { StoreSession } from './store-session.ts';
import type { LoadRequest } from './table-store.ts';
import { openViews } from './table-views.ts';

/**
 * Fills the temporary table `duplicates` with those of `accepted` whose key the file had before or the table has; the rows
 * of the load `replaced` do not count, for they go. Rows that were written early and lose their key are taken out of
 * their files and read again: they are then in `accepted`, with their raw text, like all that is rejected.
 */
export async function judgeKeys(
  at: StoreSession,
  {
    request,
    checked,
    replaced,
  }: { request: LoadRequest; checked: CheckedFile; replaced: string | undefined },
): Promise<void> {
  const { definition } = request;
  const { primary_key: key, table } = definition;
  const rows = keyRowsSql(definition, earlyRowsSql(checked.early));
  if (key.length > 0) {
    await openViews(at, [{ name: table }]);
    const names = key.map(quoteName).join(', ');
    const others = replaced === undefined ? '' : ` AND _load_id <> ${quoteText(replaced)}`;
    await at.session.run(
      `CREATE OR REPLACE TEMP TABLE known_keys AS SELECT DISTINCT ${names} FROM ${quoteTable(table)}
       WHERE (${names}) IN (SELECT (${key.map((_, index) => `k${index}`).join(', ')}) FROM ${rows})${others}`,
    );
    if (checked.early.length > 0) await giveUpEarly(at, { request, checked, rows });
  }
  await at.session.run(duplicatesSql(definition, earlyRowsSql(checked.early)));
}

async function giveUpEarly(
  at: StoreSession,
  { request, checked, rows }: { request: LoadRequest; checked: CheckedFile; rows: string },
): Promise<void> {
  const { definition } = request;
  await at.session.run(`CREATE OR REPLACE TEMP TABLE leaving AS ${repeatedEarlySql(definition, rows)}`);
  const leaving = await at.session.number('SELECT count(*) FROM leaving');
  if (leaving === 0) return;
  await takeOutLines(at, { early: checked.early, definition, origin: checked.origin });
  const acceptedBefore = await at.session.number('SELECT count(*) FROM accepted');
  await checkBatches(at.session, {
    request,
    records: readAgain(at, request),
    firstNumber: await at.session.number(
      'SELECT greatest((SELECT max(n) FROM accepted), (SELECT max(n) FROM rejected))',
    ),
  });
  const accepted = await at.session.number('SELECT count(*) FROM accepted');
  if (accepted - acceptedBefore !== leaving)
    throw new LakeFailure(
      'The load does not reconcile: a row was sound once and is not when it is read again. Nothing was kept.',
      'the file may have changed while it was read: call again.',
    );
}

const linesAtOnce = 50_000;

async function* readAgain({ session }: StoreSession, { fastCsv }: LoadRequest) {
  for (let last = -1; ; ) {
    const found = await session.read(
      `SELECT line FROM leaving WHERE line > ${last} ORDER BY line LIMIT ${linesAtOnce}`,
    );
    const lines = found.getRows().map(([line]) => Number(line));
    if (lines.length === 0 || fastCsv === undefined) return;
    yield* fastCsv.readAgain(lines);
    last = lines.at(-1) ?? last;
  }
}
