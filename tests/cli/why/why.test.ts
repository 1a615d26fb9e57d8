import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditFile, openAuditLog, pruneRuns, redactRun } from '../../../src/audit/sqlite/index.ts';
import { withSources } from '../../../src/cli/why/open-sources.ts';
import { whyPage } from '../../../src/cli/why/page.ts';
import type { Question } from '../../../src/cli/why/question.ts';
import type { Explanation } from '../../../src/lineage/answer.ts';
import { openChangeBook } from '../../../src/servers/catalog/changes/change-book.ts';
import {
  appendRows,
  compactFiles,
  openWarehouse,
  tableName,
} from '../../../src/servers/lake/iceberg/index.ts';
import { openEngine } from '../../servers/lake/iceberg/support/duckdb-engine-of-process.ts';
import { call, type LakeProject, lakeProject } from './support/lake-project.ts';

let project: LakeProject;
let first: Explanation;

beforeAll(async () => {
  project = await lakeProject();
  const book = openChangeBook(join(project.dir, '.aiworkflow/catalog.sqlite'));
  const origin = { run: 'r1', call: 'r1/discover/t1.1' };
  book.register({
    kind: 'contract',
    documentId: 'pinegate-prices',
    version: '1.0.0',
    digest: 'd',
    origin,
    atMs: 1,
  });
  book.propose(
    {
      id: 'c1',
      kind: 'mapping',
      documentId: 'product',
      from: { version: '1.1.0', digest: 'a' },
      to: { version: '1.2.0', digest: 'b' },
      was: {},
      now: {},
      breaking: false,
      differences: [],
    },
    { reason: 'tax is part of the price', origin, atMs: 2 },
  );
  book.decide('c1', { decision: 'accepted', by: 'anna', because: undefined, atMs: 3 });
  book.close();
  first = await why({ table: 'product_core.product', column: 'price_eur', key: { sku: 'P-1' } });
}, 60_000);
afterAll(() => project.remove());

function why(
  question: Partial<Question> & { readonly table: string },
  { log: file = project.log, warehouse }: { readonly log?: string; readonly warehouse?: string } = {},
): Promise<Explanation> {
  return withLog(file, (log) =>
    withSources(
      { log, cli: { env: {} }, places: { project: project.dir, ...(warehouse && { warehouse }) } },
      (sources) => sources.explain({ depth: 10, ...question }),
    ),
  );
}

async function withLog<Result>(file: string, use: (log: AuditFile) => Promise<Result>): Promise<Result> {
  const log = openAuditLog({ file, durability: 'normal' });
  try {
    return await use(log);
  } finally {
    log.close();
  }
}

const page = (explanation: Explanation): string =>
  whyPage(explanation, { style: (_ink, text) => text, columns: 200, place: '' }).join('\n');

test('a value leads to the call, the rule, the prompt, the model and the line of the file', () => {
  expect(first.row).toMatchObject({
    found: 1,
    values: { sku: 'P-1', price_eur: '12.50', vendor: 'pinegate' },
  });
  const [writer] = first.writers;
  expect(writer?.call).toMatchObject({
    runId: project.runId,
    step: 'map',
    tool: 'lake.run_mapping',
    position: 'map/t1.1',
    source: 'live',
    model: { asked: 'scripted:modeller' },
    prompt: [{ file: 'prompts/map.prompt', line: 1 }],
    workflow: { id: 'prices', file: 'workflows/prices.yaml' },
  });
  expect(writer?.mapping).toMatchObject({ recomputed: 'same', rowsFollowed: 'exact' });
  expect(writer?.mapping?.columns.map(({ column, expressions }) => [column, expressions])).toEqual([
    [
      'price_eur',
      [
        'CAST(product_raw.pinegate.price AS DECIMAL(10,2))',
        'CAST(round((product_raw.verdalia.eur * 1.19), 2) AS DECIMAL(10,2))',
      ],
    ],
  ]);
  const [pinegate, verdalia] = writer?.mapping?.inputs ?? [];
  expect([pinegate?.rowsBehind, verdalia?.rowsBehind]).toEqual([1, 0]);
  const [bronze] = pinegate?.explanations ?? [];
  expect(bronze?.snapshot?.id).toBe(pinegate?.snapshotId);
  expect(bronze?.writers[0]?.load).toMatchObject({
    file: 'pinegate.csv',
    vendor: 'Pinegate',
    line: 2,
    rowsRead: 3,
    rowsLoaded: 2,
    rowsRejected: 1,
    source: { state: 'same', raw: 'P-1;Lamp;12,50' },
  });
  expect(bronze?.writers[0]?.call).toMatchObject({
    step: 'load',
    tool: 'lake.ingest',
    prompt: [{ file: 'prompts/load.prompt' }],
  });
});

test('the first screen says it in plain words, with who let it be', () => {
  const lines = page(first).split('\n').slice(0, 10);
  expect(lines[0]).toBe('product_core.product.price_eur, row sku = P-1: 12.50');
  const screen = lines.join('\n');
  expect(screen).toMatch(
    /from +line 2 of pinegate\.csv \(sha256 [0-9a-f]{12}, vendor Pinegate\); the file is unchanged\n +P-1;Lamp;12,50/,
  );
  expect(screen).toMatch(
    /by the rule +CAST\(product_raw\.pinegate\.price AS DECIMAL\(10,2\)\) +\[mapping product@1\.2\.0\]\n/,
  );
  expect(screen).toContain('the SQL, run again on what it read, gives this row');
  expect(screen).toContain(`run ${project.runId}, step map, call #11 (lake.run_mapping)`);
  expect(screen).toMatch(/scripted:modeller, prompt prompts\/map\.prompt:1 \(sha256 [0-9a-f]{12}\)/);
  expect(screen).toContain(
    'mapping product@1.2.0: accepted by anna on 1970-01-01 00:00:00 UTC (change c1: tax is part of the price)',
  );
  expect(screen).toContain('contract product@2.0.0: the catalog has no record of who let it come into force');
});

test('a record of several lines is shown as it stands in the file', async () => {
  const { writers } = await why({ table: 'product_raw.pinegate', column: 'name', key: { sku: 'P-2' } });
  expect(writers[0]?.load?.source?.raw).toBe('P-2;"Desk;\nlarge";99,00');
  expect(writers[0]?.contract?.approval).toMatchObject({ how: 'registered', call: 'r1/discover/t1.1' });
});

test('a sum leads to all rows of its group, and says so', async () => {
  const { writers } = await why({ table: 'product_core.kinds', column: 'total', key: { kind: 'store' } });
  const { mapping } = writers[0] ?? {};
  expect(mapping?.notes).toEqual(['rows are summed up: what is shown is the whole group']);
  expect(mapping?.inputs[0]?.rowsBehind).toBe(2);
  const lines = mapping?.inputs[0]?.explanations.map(({ writers: [one] }) => one?.load?.line);
  expect(lines?.toSorted()).toEqual([3, 4]);
});

test('a rejected record is followed like a row', async () => {
  const { writers } = await why({ table: 'product_raw.ingest_errors', key: { line: '5' } });
  expect(writers[0]?.load).toMatchObject({
    file: 'pinegate.csv',
    line: 5,
    source: { raw: 'P-3;Chair;free' },
  });
});

test('a row that is not there is looked for among what was rejected', async () => {
  const { missing } = await why({ table: 'product_raw.pinegate', key: { sku: 'P-3' } });
  expect(missing).toEqual([
    'No row of product_raw.pinegate has sku = P-3.',
    'A rejected record of product_raw.pinegate has sku = P-3 (sku "P-3"): line 5 of pinegate.csv, price: invalid_decimal "free" (product_raw.ingest_errors).',
  ]);
});

test('a row that is not there is looked for in the tables behind, by the name of its key there', async () => {
  const { missing } = await why({ table: 'product_core.kinds', key: { kind: 'none' } });
  expect(missing).toEqual(['No row of product_core.kinds has kind = none.']);
  const rejected = await why({ table: 'product_core.product', key: { sku: 'P-3' } });
  expect(rejected.missing.at(-1)).toContain('line 5 of pinegate.csv');
});

test('a rejected record of another table, or one that only holds the text in a longer word, is not told', async () => {
  const other = await why({ table: 'product_core.kinds', key: { kind: 'P-3' } });
  expect(other.missing).toEqual(['No row of product_core.kinds has kind = P-3.']);
  const longer = await why({ table: 'product_raw.pinegate', key: { sku: 'Cha' } });
  expect(longer.missing).toEqual(['No row of product_raw.pinegate has sku = Cha.']);
});

test('a table leads to its writers and to the files behind it', async () => {
  const answer = await why({ table: 'product_core.product' });
  expect(answer.writers.map(({ rows, tool }) => [rows, tool])).toEqual([[4, 'run_mapping']]);
  expect(page(answer)).toMatch(
    /from +pinegate\.csv .*, 2 rows of 3 loaded; the file is unchanged\n +verdalia\.csv .*, 3 rows of 3 loaded/,
  );
  const { writers } = await why({ table: 'product_core.product', depth: 0 });
  expect(writers[0]?.mapping?.inputs.map(({ explanations }) => explanations)).toEqual([[], []]);
});

test('what is not in the log is said, and the rest is told', async () => {
  const empty = join(project.dir, 'empty.db');
  openAuditLog({ file: empty, durability: 'normal' }).close();
  const { writers } = await why(
    { table: 'product_core.product', column: 'price_eur', key: { sku: 'P-1' } },
    { log: empty },
  );
  expect(writers[0]?.call).toBeUndefined();
  expect(writers[0]?.missing).toEqual([
    `The audit log ${empty} holds no run. Who wrote this, and why, is not in this log.`,
  ]);
  expect(writers[0]?.mapping).toMatchObject({ recomputed: 'same' });
});

test("a catalog's book that cannot be read is said, and the rest is told", async () => {
  const file = join(project.dir, '.aiworkflow/catalog.sqlite');
  const book = readFileSync(file);
  const log = ['-wal', '-shm'].map((end) => `${file}${end}`).filter((path) => existsSync(path));
  const kept = log.map((path) => readFileSync(path));
  for (const path of log) rmSync(path);
  writeFileSync(file, 'this is no database at all, and long enough to be looked into for the header of one');
  try {
    const { writers } = await why({ table: 'product_core.product', key: { sku: 'P-1' } });
    expect(writers[0]?.missing).toEqual([
      expect.stringMatching(
        /^Who let documents come into force is not told: .* cannot be read \(.*not a database/,
      ),
    ]);
    expect(writers[0]?.mapping).toMatchObject({ recomputed: 'same' });
  } finally {
    writeFileSync(file, book);
    for (const [index, path] of log.entries()) writeFileSync(path, kept[index] ?? '');
  }
});

test('a run that was pruned is named with who took it out', async () => {
  const copy = project.copyLog('pruned.db');
  await withLog(copy, async (log) => {
    pruneRuns(log, { olderThanMs: Date.now() + 10_000, by: 'ben', why: 'too old' });
  });
  const { writers } = await why({ table: 'product_core.product', key: { sku: 'P-1' } }, { log: copy });
  expect(writers[0]?.missing[0]).toMatch(
    new RegExp(`^Run ${project.runId} was pruned on .* by ben \\(too old\\)`),
  );
});

test('a text that was redacted is said to be missing, with who took it out', async () => {
  const copy = project.copyLog('redacted.db');
  await withLog(copy, async (log) => {
    redactRun(log, project.runId, {
      match: (text) => text.includes('QUALIFY'),
      by: 'ben',
      why: 'secret rule',
    });
  });
  const { writers } = await why({ table: 'product_core.product', key: { sku: 'P-1' } }, { log: copy });
  expect(writers[0]?.call).toMatchObject({ step: 'map', tool: 'lake.run_mapping' });
  expect(writers[0]?.call?.arguments).toBeUndefined();
  expect(writers[0]?.missing[0]).toMatch(/^What the call was given is not there: .*by ben: secret rule/);
});

test('a file that changed or went is said so', async () => {
  const question = { table: 'product_raw.verdalia', key: { code: 'V-7' } };
  project.write('vendors/verdalia.csv', 'code,title,eur,kind\n');
  expect((await why(question)).writers[0]?.load?.source).toMatchObject({ state: 'changed' });
  rmSync(join(project.dir, 'vendors/verdalia.csv'));
  expect((await why(question)).writers[0]?.load?.source).toMatchObject({ state: 'gone' });
});

test.each([
  [
    'is not shown as what wrote the table',
    'SELECT 1 AS kind',
    undefined,
    /was changed: it is not what wrote the table\.$/,
  ],
  [
    'is not run when its hash was changed with it',
    "SELECT * FROM read_csv('/etc/passwd')",
    sha256,
    /^The SQL is not run again: .*read_csv/,
  ],
])('a statement that was changed in the catalog %s', async (_name, text, hashOf, words) => {
  const catalog = new Database(join(project.warehouse, 'catalog.sqlite'));
  const kept = catalog.prepare('SELECT * FROM lake_statements').all() as { sha256: string; sql: string }[];
  const metadata = (await why({ table: 'product_core.kinds' })).writers[0]?.mapping?.sqlSha256 ?? '';
  const put = catalog.prepare('UPDATE lake_statements SET sql = ? WHERE sha256 = ?');
  const sources = { file: '', hash: metadata };
  try {
    put.run(text, metadata);
    if (hashOf) sources.file = await changeHash(metadata, hashOf(text));
    if (hashOf) catalog.prepare('INSERT INTO lake_statements VALUES (?, ?)').run(hashOf(text), text);
    const { writers } = await why({ table: 'product_core.kinds', key: { kind: 'store' } });
    expect(writers[0]?.missing).toContainEqual(expect.stringMatching(words));
    expect(writers[0]?.mapping?.rowsFollowed).toBeUndefined();
  } finally {
    if (sources.file && hashOf) await changeHash(hashOf(text), metadata);
    for (const { sha256: hash, sql } of kept) put.run(sql, hash);
    catalog.close();
  }
});

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** In the table's metadata, as somebody who may write to the warehouse could. */
async function changeHash(from: string, to: string): Promise<string> {
  const folder = join(project.warehouse, 'product_core/kinds/metadata');
  const file = join(
    folder,
    readdirSync(folder)
      .filter((name) => name.endsWith('.metadata.json'))
      .sort()
      .at(-1) ?? '',
  );
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(from, to));
  return file;
}

test('later runs, foreign writers and compaction: each row keeps its own writer, earlier states their own answer', async () => {
  const before = first.snapshot?.id ?? '';
  const sql =
    "SELECT sku, name, 1.00::DECIMAL(10,2) AS price_eur, 'none' AS vendor FROM product_raw.pinegate EXCEPT SELECT 'P-9', '', 0, ''";
  const second = await project.run([
    'Nothing to load.',
    call('lake.run_mapping', { target: 'product_core.product', sql }),
    'Mapped.',
  ]);
  const now = await why({ table: 'product_core.product', column: 'price_eur', key: { sku: 'P-1' } });
  expect(now.row?.values['price_eur']).toBe('1.00');
  expect(now.writers[0]?.call?.runId).toBe(second);
  expect(now.writers[0]?.mapping).toMatchObject({
    rowsFollowed: 'candidates',
    notes: ['the statement cannot be followed row by row: it has EXCEPT'],
  });
  expect(now.writers[0]?.mapping?.inputs[0]?.rowsBehind).toBe(1);
  const then = await why({
    table: 'product_core.product',
    column: 'price_eur',
    key: { sku: 'P-1' },
    at: { snapshotId: before },
  });
  expect([then.row?.values['price_eur'], then.writers[0]?.call?.runId]).toEqual(['12.50', project.runId]);

  const engine = await openEngine();
  const warehouse = openWarehouse({ folder: project.warehouse, engine });
  const table = tableName('product_core.product');
  await appendRows(warehouse, {
    table,
    select: "SELECT 'X-1' AS sku, 'Odd' AS name, 2.00::DECIMAL(10,2) AS price_eur, 'x' AS vendor",
  });
  await compactFiles(warehouse, { table });
  warehouse.close();
  engine.close();
  const foreign = await why({ table: 'product_core.product', key: { sku: 'X-1' } });
  expect(foreign.writers[0]?.outside).toBe('another program');
  expect(foreign.writers[0]?.missing[0]).toMatch(
    /names no call and no tool of the lake: it was written from outside by another program\.$/,
  );
  const compacted = await why({ table: 'product_core.product', key: { sku: 'P-1' } });
  expect(compacted.writers[0]?.call?.runId).toBe(second);
}, 60_000);
