import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLedger } from '../../src/servers/lake/storage/lake-ledger.ts';
import { openTestLake, type TestLake, temporaryFolder } from '../servers/lake/support/open-test-lake.ts';
import { type CliResult, runCli, startCli } from './support/run-cli.ts';

interface Looked {
  readonly lake: TestLake;
  readonly warehouse: string;
  cli(...args: string[]): Promise<CliResult>;
}

async function emptyLake(files: Record<string, string> = {}): Promise<Looked> {
  const warehouse = temporaryFolder();
  const lake = await openTestLake(files, { warehouse });
  const cli = (...args: string[]) => runCli(['lake', ...args, '--warehouse', warehouse], { cwd: warehouse });
  return { lake, warehouse, cli };
}

const longText = `${'long '.repeat(40)}end`;

/** core.item: three rows of every kind of value, written twice: the first time with one row. */
async function lakeOfItems(): Promise<Looked> {
  const looked = await emptyLake();
  const rows = [
    `SELECT 1 AS id, 12.50::DECIMAL(9,2) AS price, 9007199254740993::BIGINT AS big, 'plain' AS name, ['a', 'b'] AS tags, TIMESTAMP '2026-01-31 12:00:00' AS at`,
    `SELECT 2, NULL, 2, chr(27) || '[31mred' || chr(10) || chr(8238), NULL, NULL`,
    `SELECT 3, 1.00, 3, '${longText}', [], TIMESTAMP '2026-02-01 00:00:00'`,
  ];
  const map = (count: number) => ({ target: 'core.item', sql: rows.slice(0, count).join(' UNION ALL ') });
  await looked.lake.call('run_mapping', map(1));
  await looked.lake.call('run_mapping', map(3));
  return looked;
}

test('rows of a table: chosen, filtered, in order, with a word when there are more', async () => {
  const { cli } = await lakeOfItems();
  const asked = ['rows', 'core.item', '--columns', 'id, PRICE', '--order', 'id DESC', '--limit', '2'];
  const found = await cli(...asked, '--where', 'id > 1 -- or so');
  expect(found.stdout).toBe('id  price\n 3   1.00\n 2   null\n');
  expect([found.code, found.stderr]).toEqual([0, '']);
  const more = await cli(...asked);
  expect(more.stdout.trimEnd().split('\n')).toHaveLength(3);
  expect(more.stderr).toBe('There are more rows: --limit 20.\n');
  expect((await cli('rows', 'core.item', '--where', 'id > 9', '--columns', 'id')).stdout).toBe(
    'id\nNo rows.\n',
  );
});

test('a person’s values are exact and safe in each format', async () => {
  const { cli } = await lakeOfItems();
  const text = await cli('rows', 'core.item', '--columns', 'name,tags,at', '--order', 'id');
  expect(text.stdout.split('\n').slice(1, 4)).toEqual([
    expect.stringMatching(/^plain +\["a","b"\] +2026-01-31 12:00:00$/),
    expect.stringMatching(/^\\x1b\[31mred\\n\\u\{202e\} +null +null$/),
    expect.stringMatching(/^long long .*… +\[\] +2026-02-01 00:00:00$/),
  ]);
  expect(text.stderr).toBe('1 long value cut (…): --json shows all of them.\n');
  const json = await cli('rows', 'core.item', '--order', 'id', '--json');
  expect(json.stderr).toBe('');
  expect(json.stdout).not.toContain('\u202e');
  expect(
    json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    {
      id: 1,
      price: 12.5,
      big: '9007199254740993',
      name: 'plain',
      tags: ['a', 'b'],
      at: '2026-01-31 12:00:00',
    },
    { id: 2, price: null, big: 2, name: '\u001b[31mred\n\u202e', tags: null, at: null },
    { id: 3, price: 1, big: 3, name: longText, tags: [], at: '2026-02-01 00:00:00' },
  ]);
  const csv = await cli('rows', 'core.item', '--columns', 'id,price,name,tags', '--order', 'id', '--csv');
  expect(csv.stdout).toBe(
    `id,price,name,tags\n1,12.50,plain,"[""a"",""b""]"\n2,,"\u001b[31mred\n\u202e",\n3,1.00,${longText},[]\n`,
  );
  expect((await cli('sql', "SELECT '' AS a, 'null' AS b, NULL AS c, ' x' AS d")).stdout).toBe(
    'a   b          c  d\n""  "null"  null  " x"\n',
  );
});

test('rows that are wider than the terminal stand one below the other', async () => {
  const { cli } = await lakeOfItems();
  const columns = Array.from({ length: 8 }, (_, index) => `repeat('${index}', 50) AS c${index}`).join(', ');
  const { stdout, stderr } = await cli('sql', `SELECT ${columns}, NULL AS last`);
  expect(stdout.split('\n').slice(0, 3)).toEqual([
    'row 1',
    `  c0    ${'0'.repeat(50)}`,
    `  c1    ${'1'.repeat(50)}`,
  ]);
  expect(stdout).toMatch(/\n {2}last {2}null\n$/);
  expect(stderr).toBe('');
});

test('a table as it was is looked at by a snapshot or a time', async () => {
  const { cli } = await lakeOfItems();
  const history = (await cli('history', 'core.item', '--json')).stdout.trimEnd().split('\n');
  const [second, first] = history.map((line) => JSON.parse(line));
  const ids = async (at: string) => (await cli('rows', 'core.item', '--columns', 'id', '--at', at)).stdout;
  expect(await ids(first.snapshot)).toBe('id\n 1\n');
  expect(await ids(new Date(second.atMs - 1).toISOString())).toBe('id\n 1\n');
  expect(await ids(second.snapshot)).toBe('id\n 1\n 2\n 3\n');
  for (const at of ['5', '2001-01-31T12:00']) {
    const never = await cli('rows', 'core.item', '--at', at);
    expect([never.code, never.stderr]).toEqual([
      2,
      expect.stringMatching(/\[LAKE_UNKNOWN\]\nTry: aiworkflow lake history core\.item --warehouse/),
    ]);
  }
  expect((await cli('rows', 'core.item', '--at', 'yesterday')).stderr).toContain('[USAGE]');
});

test.each([
  ['a table', ['rows', 'core.itme'], 2, /did you mean core\.item\?/],
  [
    'a column',
    ['rows', 'core.item', '--columns', 'id,prize'],
    2,
    /no column "prize".*\nTry: did you mean price\?/,
  ],
  [
    'a file in a condition',
    ['rows', 'core.item', '--where', "name IN (SELECT content FROM read_text('/etc/passwd'))"],
    1,
    /read_text\(\) is not allowed. \[LAKE_REFUSED\]/,
  ],
  [
    'a second statement',
    ['rows', 'core.item', '--where', 'true); DROP TABLE core.item; SELECT (1'],
    1,
    /LAKE_REFUSED/,
  ],
  [
    'a change',
    ['sql', 'DELETE FROM core.item'],
    1,
    /Only SELECT is allowed.*\[LAKE_REFUSED\]\nTry: write one SELECT \(with WITH if needed\)\.$/m,
  ],
  ['the clock', ['sql', 'SELECT now()'], 1, /now\(\) is not allowed.*LAKE_REFUSED/],
  ['too many', ['rows', 'core.item', '--limit', '50001'], 2, /from 1 to 50000.*USAGE/],
])('what cannot be shown is refused with what to type: %s', async (_, args, code, said) => {
  const { cli } = await lakeOfItems();
  const refused = await cli(...args);
  expect([refused.code, refused.stdout]).toEqual([code, '']);
  expect(refused.stderr).toMatch(said);
});

const vendorFile = 'sku,price\nA-1,10\nA-2,ten\n,3\nA-4,4\n';

async function lakeOfRejects(): Promise<Looked> {
  const looked = await emptyLake({ 'in/a.csv': vendorFile, 'in/b.csv': 'sku,price\nB-1,\u001b[2Jno\n' });
  for (const table of ['raw_raw.a', 'raw_raw.b'])
    await looked.lake.call('create_table', {
      table,
      columns: [
        { name: 'sku', type: 'VARCHAR', nullable: false },
        { name: 'price', type: 'INTEGER' },
      ],
    });
  const load = (name: string) =>
    looked.lake.call('ingest', { path: `in/${name}.csv`, table: `raw_raw.${name}`, vendor_name: 'Acme' });
  await load('a');
  await load('b');
  return looked;
}

test('rejects are shown with file, line, reason and the record, and counted', async () => {
  const { cli } = await lakeOfRejects();
  const { stdout, stderr, code } = await cli('rejects');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^raw_raw\.a +invalid_integer +price +1 +1$/m);
  expect(stdout).toMatch(
    /\nin\/a\.csv into raw_raw\.a, load \w+, .* UTC\n {2}line 3: price: invalid_integer "ten"\n {4}A-2,ten\n {2}line 4: sku: not_null\n {4},3\n/,
  );
  expect(stdout).toContain('    B-1,\\x1b[2Jno\n');
  const only = async (...args: string[]) => {
    const lines = (await cli('rejects', ...args, '--json')).stdout.trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line));
  };
  const [bad] = await only('raw_raw.a', '--reason', 'invalid_integer');
  expect(bad).toMatchObject({ source_file: 'in/a.csv', line: 3, column_name: 'price', raw_row: 'A-2,ten' });
  expect((await only('--load', bad.load_id)).map(({ line }) => line)).toEqual([3, 4]);
  expect((await only('--file', 'b.csv')).map(({ raw_row }) => raw_row)).toEqual(['B-1,\u001b[2Jno']);
  const limited = await cli('rejects', '--limit', '1');
  expect(limited.stderr).toBe('There are more rows: --limit 10.\n');
  const none = await cli('rejects', 'raw_raw.a', '--reason', 'duplicate_key');
  expect(none.stdout).toMatch(
    /^No rejects with the reason duplicate_key\. Reasons that there are: invalid_integer, not_null\./,
  );
  expect((await cli('rejects', 'raw_raw.aa')).stderr).toContain('did you mean raw_raw.a?');
});

test('rejects of a load that was replaced are shown when all are wanted', async () => {
  const { lake, cli } = await lakeOfRejects();
  const again = { path: 'in/a.csv', table: 'raw_raw.a', vendor_name: 'Acme', force: true };
  await lake.call('ingest', again);
  const count = async (...args: string[]) =>
    (await cli('rejects', 'raw_raw.a', '--json', ...args)).stdout.trimEnd().split('\n').length;
  expect([await count(), await count('--all')]).toEqual([2, 4]);
});

test('an ORDER BY that does not order the result leaves it in the order of its columns', async () => {
  const { cli } = await emptyLake();
  const { stdout } = await cli('sql', "SELECT a, 'order by' AS b FROM (VALUES (3), (1), (2)) t(a)");
  expect(stdout).toBe('a  b\n1  order by\n2  order by\n3  order by\n');
});

test('two formats at once are none', async () => {
  const { cli } = await emptyLake();
  const refused = await cli('sql', 'SELECT 1', '--json', '--csv');
  expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([2, { code: 'USAGE' }]);
});

test('a lake without rejects says so', async () => {
  const { cli } = await lakeOfItems();
  const none = 'No rejects: the lake has set no record aside yet.\n';
  expect(await cli('rejects')).toMatchObject({ code: 0, stdout: none, stderr: '' });
  for (const format of ['--json', '--csv'])
    expect(await cli('rejects', format)).toMatchObject({ code: 0, stdout: '', stderr: none });
});

test('a load that is not done is told beside the rows, and not finished', async () => {
  const { warehouse, cli } = await lakeOfRejects();
  const ledger = openLedger(warehouse);
  onTestFinished(() => void ledger.close());
  ledger.exec(
    `UPDATE lake_loads SET status = 'intended', owner = 'nobody', work = '{}' WHERE table_name = 'raw_raw.a'`,
  );
  const { stdout, stderr } = await cli('rows', 'raw_raw.a', '--columns', 'sku');
  expect(stdout).toBe('sku\nA-1\nA-4\n');
  expect(stderr).toMatch(
    /^The load of in\/a\.csv into raw_raw\.a is not done.*aiworkflow lake loads --warehouse/,
  );
  expect((await cli('rows', 'raw_raw.b', '--columns', 'sku')).stderr).toBe('');
  expect(ledger.prepare(`SELECT count(*) AS n FROM lake_loads WHERE status = 'intended'`).get()).toEqual({
    n: 1,
  });
});

test('looking writes nothing, and works where nothing can be written', async () => {
  const { lake, warehouse, cli } = await lakeOfRejects();
  await lake.call('ingest', { path: 'in/a.csv', table: 'raw_raw.a', vendor_name: 'Acme', force: true });
  await lake.client.close();
  setWritable(warehouse, false);
  onTestFinished(() => setWritable(warehouse, true));
  const before = stateOf(warehouse);
  for (const args of [
    ['rows', 'raw_raw.a'],
    ['sql', 'SELECT count(*) FROM raw_raw.a'],
    ['rejects'],
    ['rejects', '--all'],
  ])
    expect(await cli(...args), args.join(' ')).toMatchObject({ code: 0 });
  expect(stateOf(warehouse)).toEqual(before);
});

test('a question that is interrupted leaves nothing in the temporary folder', async () => {
  const { warehouse } = await emptyLake();
  const TMPDIR = temporaryFolder();
  const endless = 'SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE a.range % 7 = b.range % 5';
  const asked = startCli(['lake', 'sql', endless, '--warehouse', warehouse], {
    cwd: warehouse,
    env: { TMPDIR },
  });
  const scratch = () => readdirSync(TMPDIR).filter((name) => name.startsWith('aiworkflow-lake-'));
  await expect.poll(scratch, { timeout: 30_000 }).toHaveLength(1);
  asked.child.kill('SIGINT');
  const { code, signal } = await asked.done;
  expect(code ?? signal).toBe('SIGINT');
  expect(scratch()).toEqual([]);
});

function setWritable(folder: string, isWritable: boolean): void {
  for (const path of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    const isFolder = statSync(join(folder, path)).isDirectory();
    chmodSync(join(folder, path), (isFolder ? 0o555 : 0o444) | (isWritable ? 0o200 : 0));
  }
}

/** Each file with its bytes and its time: whoever runs the tests as root may write everything. */
function stateOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const { mtimeMs } = statSync(join(folder, path));
      const isFolder = statSync(join(folder, path)).isDirectory();
      return `${path} ${mtimeMs} ${isFolder ? '' : readFileSync(join(folder, path), 'base64')}`;
    });
}
