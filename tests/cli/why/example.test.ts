import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLakeReader } from '../../../src/cli/why/lake-reader.ts';
import type { Explanation, Writer } from '../../../src/lineage/answer.ts';
import { scanTable, tableName } from '../../../src/servers/lake/iceberg/index.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';

/** Both days of the example, run as its reader runs them. */

const root = join(import.meta.dirname, '../../..');
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'aiworkflow-why-example-'));
  for (const path of ['aiworkflow.yaml', 'workflows', 'prompts', 'contracts', 'data', 'recordings'])
    cpSync(join(root, path), join(dir, path), { recursive: true });
  await ran(['run', 'product-datamart']);
  const day = ['--param', 'pattern=day-two/**'];
  const report = await ran([
    'run',
    'product-datamart',
    '--model',
    'recorded:product-datamart-day-two',
    ...day,
  ]);
  const { stopped } = JSON.parse(report) as { stopped: readonly { change: string }[] };
  await ran(['catalog', 'accept', stopped[0]?.change ?? '', '--by', 'demo']);
  await ran(['run', 'product-datamart', '--model', 'recorded:product-datamart-healed', ...day]);
}, 180_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function ran(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args, { cwd: dir, env: { COLUMNS: '200' } });
  expect(code, stderr).toBe(0);
  return stdout;
}

const why = (...args: string[]): Promise<string> => ran(['why', ...args]);
/** The first screen: what stands before the chain. */
const screen = (page: string): string => page.slice(0, page.search(/\n\n/));

/** One published and one refused article of each vendor. */
async function rowsOf(table: string): Promise<readonly Record<string, string>[]> {
  const lake = await openLakeReader(join(dir, '.aiworkflow/lake'));
  try {
    const { sql } = await scanTable(lake.warehouse, { table: tableName(table) });
    const rows = await lake.run(
      `SELECT DISTINCT ON (source_table) source_table, source_file, source_line::VARCHAR AS source_line FROM (${sql}) ORDER BY source_table, source_file, source_line`,
    );
    return rows as readonly Record<string, string>[];
  } finally {
    lake.close();
  }
}

const writersIn = ({ writers }: Explanation): Writer[] =>
  writers.flatMap((writer) => [
    writer,
    ...(writer.mapping?.inputs ?? []).flatMap(({ explanations }) => explanations.flatMap(writersIn)),
  ]);

test('the first screen says file, line, record, rule, what it was given, whose SQL it is and who let it be', async () => {
  const page = await why('product_core.product.price_reference', '--key', 'product_id=lumenhain:LH-10107');
  const first = screen(page);
  expect(first).toMatch(
    /from +line 2 of day-two\/lumenhain_preisliste\.csv \(sha256 [0-9a-f]{12}, vendor Lumenhain\); the file is unchanged\n +LH-10107;2705075316503;.*;632,24;/,
  );
  expect(first).toContain(
    'by the rule  "currency: times the rate of the currency, 2 places", from preis_eur, policy.currency_rates.rate   [mapping lumenhain_preisliste-to-product@1.0.0]',
  );
  expect(first).toMatch(
    /given +product_raw\.lumenhain_preisliste: preis_eur 632,24\n +policy\.currency_rates: currency EUR, rate 1\.00 {3}\[policy currency@1\.0\.0\]/,
  );
  expect(first).toContain(
    'the SQL of all 3 statements on the way, run again on what each read, gives these rows',
  );
  expect(first.replaceAll(/\n +/g, ' ')).toMatch(
    /SQL by +recorded:product-datamart .*prompt prompts\/map-to-product\.prompt:\d+ \(sha256 [0-9a-f]{12}\), run \S+, step mapping\[\d\]/,
  );
  for (const name of ['mapping lumenhain_preisliste-to-product', 'contract lumenhain_preisliste'])
    expect(first).toMatch(
      new RegExp(`${name}@1\\.0\\.0: draft, registered on .* by run \\S+, accepted by nobody`),
    );
  expect(first).toContain(
    'contract product@1.2.0: as people wrote it in contracts/product.odcs.yaml (active)',
  );
  expect(page).toContain('and 5 other branches of the UNION, with no row behind this one');
  expect(page).not.toContain('product_stage.verdalia_merchant');
  expect(page).not.toContain('other content now');
});

test('a contract that was healed names who accepted it', async () => {
  const first = screen(
    await why('product_core.product.price_reference', '--key', 'product_id=pinegate:PG2016-C'),
  );
  expect(first).toMatch(
    /contract pinegate_products@1\.1\.0: accepted by demo on .* UTC \(change ch-[0-9a-f]+: The file has no column/,
  );
  expect(first).toMatch(/policy\.currency_rates: currency USD, rate 0\.92/);
});

test('an offer names the row of the policy that made its price, and the mapping that people wrote', async () => {
  const offer = ['--key', 'product_id=pinegate:PG2016-C', '--key', 'region=britain'];
  const first = screen(await why('product_core.product_offer.price_net', ...offer));
  expect(first).toContain(
    'policy.discounts_agreements: vendor_id pinegate, category outdoor, valid_from 2025-01-01, valid_to NULL, percent 12.5   [policy discounts@1.0.0]',
  );
  expect(first).toContain('policy.currency_rates: currency GBP, rate 1.17   [policy currency@1.0.0]');
  expect(first.replaceAll(/\s+/g, ' ')).toMatch(
    /"discounts: agreed; regions: currency, rounding", from price_reference, .*\[mapping product-offers@1\.0\.0\]/,
  );
  expect(first).toMatch(/from +line \d+ of day-two\/pinegate_products\.csv/);
  expect(first).toMatch(/as people wrote them: .*mapping product-offers@1\.0\.0, .*policy discounts@1\.0\.0/);
  expect(screen(await why('product_core.product_offer.tax_percent', ...offer))).toContain(
    'policy.regions_markets: currency GBP, tax_percent 20   [policy regions@1.0.0]',
  );
});

test('the prompt step whose answer a document is, is the one whose answer it is', async () => {
  const explanation = JSON.parse(
    await why('product_core.product.price', '--key', 'product_id=lumenhain:LH-10107', '--json'),
  ) as Explanation;
  const document = writersIn(explanation).find(({ mapping }) => mapping?.document)?.mapping?.document;
  const [author] = document?.authors ?? [];
  const shown = await ran(['show', author?.runId ?? '', '--call', String(author?.model.call)]);
  expect(shown).toContain('product_raw.lumenhain_preisliste AS t');
});

test.each(['product_core.product', 'product_core.product_exception'])(
  'every statement behind %s is run again and gives the stored row, down to the record of the file',
  async (table) => {
    const rows = await rowsOf(table);
    expect(rows.length).toBeGreaterThanOrEqual(5);
    for (const row of rows) {
      const key = Object.entries(row).flatMap(([column, value]) => ['--key', `${column}=${value}`]);
      const explanation = JSON.parse(await why(table, ...key, '--json')) as Explanation;
      const writers = writersIn(explanation);
      const mappings = writers.flatMap(({ mapping, tool }) =>
        tool === 'run_mapping' && mapping ? [mapping] : [],
      );
      expect(
        mappings.map(({ recomputed, rowsFollowed }) => [recomputed, rowsFollowed]),
        JSON.stringify(row),
      ).toEqual(mappings.map(() => ['same', 'exact']));
      const loads = writers.flatMap(({ load }) => (load ? [load] : []));
      expect(loads.map(({ file, line, source }) => [file, String(line), source?.state])).toContainEqual([
        row['source_file'],
        row['source_line'],
        'same',
      ]);
      expect(loads.every(({ source }) => source?.raw !== undefined)).toBe(true);
    }
  },
  120_000,
);

test.each(['product_core.product', 'product_core.product.price'])(
  '%s of six vendors is told on one page',
  async (asked) => {
    const page = await why(asked);
    expect(page.split('\n').length).toBeLessThan(50);
    for (const vendor of ['brennhaus', 'copperkettle', 'kurbelwerk', 'lumenhain', 'pinegate', 'verdalia'])
      expect(page).toMatch(
        new RegExp(`from [\\s\\S]*${vendor}_[\\s\\S]*The chain[\\s\\S]*product_raw\\.${vendor}_`),
      );
    expect(page).toContain(`aiworkflow why ${asked} --full`);
    const full = await why(asked, '--full');
    expect(full).toContain('In detail');
    expect(full).toContain('LEFT JOIN policy.currency_rates');
  },
);

test('a column of six vendors has the rule of each', async () => {
  const first = screen(await why('product_core.product.price'));
  expect(first).toContain(
    'product_stage.lumenhain_preisliste.price: "values: decimal comma", from preis_eur   [mapping lumenhain_preisliste-to-product@1.0.0]',
  );
  expect(first.match(/\[mapping /g)).toHaveLength(6);
});

test('a mapping document that was edited since does not speak for what was run', async () => {
  const edited = mkdtempSync(join(tmpdir(), 'aiworkflow-why-edited-'));
  try {
    cpSync(dir, edited, { recursive: true });
    const { readFileSync, writeFileSync } = await import('node:fs');
    const file = join(edited, '.aiworkflow/feeds/lumenhain_preisliste.mapping.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('price * rate', 'price * rate * 1'));
    const { stdout } = await runCli(
      [
        'why',
        'product_core.product.price_reference',
        '--key',
        'product_id=lumenhain:LH-10107',
        '--warehouse',
        join(dir, '.aiworkflow/lake'),
      ],
      { cwd: edited },
    );
    expect(stdout).toContain('mapping lumenhain_preisliste-to-product@1.0.0 now holds other SQL');
    expect(stdout).not.toContain('"currency: times the rate');
  } finally {
    rmSync(edited, { recursive: true, force: true });
  }
});

// Root may write anywhere: it asks as somebody else.
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

test('a copy where nothing may be written answers the same', async () => {
  const asked = ['why', 'product_core.product.price_reference', '--key', 'product_id=pinegate:PG2016-C'];
  const before = await ran(asked);
  // A copy that was made while nobody wrote has no write-ahead log beside a database, and a reader cannot make one.
  for (const database of ['audit.db', 'catalog.sqlite'])
    for (const end of ['-wal', '-shm'])
      rmSync(join(dir, '.aiworkflow', `${database}${end}`), { force: true });
  setWritable(dir, false);
  try {
    const written = await spawned([
      '-e',
      `require('fs').writeFileSync(${JSON.stringify(join(dir, 'x'))}, '')`,
    ]);
    expect(written.stderr).toMatch(/EACCES|EROFS/);
    const { code, stdout, stderr } = await spawned([join(root, 'bin/aiworkflow.mjs'), ...asked]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toBe(before);
  } finally {
    setWritable(dir, true);
  }
}, 60_000);

function setWritable(path: string, isWritable: boolean): void {
  const isFolder = statSync(path).isDirectory();
  if (isWritable) chmodSync(path, isFolder ? 0o755 : 0o644);
  if (isFolder) for (const name of readdirSync(path)) setWritable(join(path, name), isWritable);
  if (!isWritable) chmodSync(path, isFolder ? 0o555 : 0o444);
}

async function spawned(args: readonly string[]): Promise<CliResult> {
  const { PATH } = process.env;
  const child = spawn(process.execPath, args, { cwd: dir, env: { PATH, COLUMNS: '200' }, ...nobody });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((done) => void child.on('close', done)),
  ]);
  return { code, signal: null, stdout, stderr };
}
