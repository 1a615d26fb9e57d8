import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import { hasSpec, openlineageSpec, requireValidEvent } from '../../lineage/support/openlineage-spec.ts';
import { endLeftovers, startCli } from '../support/run-cli.ts';
import { type LakeProject, lakeProject } from './support/lake-project.ts';

let project: LakeProject;
beforeAll(async () => {
  project = await lakeProject();
}, 60_000);
afterAll(() => {
  endLeftovers();
  project.remove();
});

const run = (...args: readonly string[]) =>
  startCli(args, { cwd: project.dir, env: { OPENLINEAGE_NAMESPACE: 'shop' } }).done;
const eventsIn = (text: string): JsonObject[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject);

interface Dataset {
  readonly name: string;
  readonly facets: Record<string, JsonObject>;
  readonly inputFacets?: Record<string, JsonObject>;
  readonly outputFacets?: Record<string, JsonObject>;
}

describe('lineage', () => {
  test('a real run: what each step read and wrote, at which snapshot, with what was checked', async () => {
    const { code, stdout } = await run('lineage', 'last');
    expect(code).toBe(0);
    const ends = eventsIn(stdout).filter(({ eventType }) => eventType === 'COMPLETE');
    expect(ends.map(({ job }) => job)).toMatchObject([
      { namespace: 'shop', name: 'prices.load' },
      { namespace: 'shop', name: 'prices.map' },
      { namespace: 'shop', name: 'prices' },
    ]);
    const [load, map] = ends as unknown as readonly { inputs: Dataset[]; outputs: Dataset[] }[];
    expect(load?.inputs.map(({ name }) => name)).toEqual([
      join(project.dir, 'vendors/pinegate.csv'),
      join(project.dir, 'vendors/verdalia.csv'),
    ]);
    expect(load?.inputs[0]?.inputFacets?.['dataQualityAssertions']).toMatchObject({
      assertions: [{ success: false, actual: '1 rejected' }],
    });
    const product = map?.outputs.find(({ name }) => name === 'product_core.product');
    expect(product?.outputFacets?.['outputStatistics']).toMatchObject({ rowCount: 4, fileCount: 1 });
    expect(product?.facets['columnLineage']?.['fields']).toMatchObject({
      price_eur: {
        inputFields: expect.arrayContaining([
          expect.objectContaining({ name: 'product_raw.verdalia', field: 'eur' }),
        ]) as unknown,
      },
    });
    const read = map?.inputs.find(({ name }) => name === 'product_raw.verdalia');
    const written = load?.outputs.find(({ name }) => name === 'product_raw.verdalia');
    expect(read?.facets['version']?.['datasetVersion']).toBe(written?.facets['version']?.['datasetVersion']);
    const checked = map?.inputs.flatMap(
      ({ inputFacets }) => (inputFacets?.['dataQualityAssertions']?.['assertions'] ?? []) as JsonObject[],
    );
    expect(checked).toMatchObject([
      { assertion: 'nullValues', column: 'price_eur', name: 'a price is there', success: true },
      { assertion: 'rowCount', name: 'many rows', success: false, severity: 'warning' },
    ]);
  });

  test.skipIf(!hasSpec)(
    'the events of a real run keep the specification (skipped without ../shared)',
    async () => {
      const spec = openlineageSpec();
      const { stdout } = await run('lineage', 'last');
      for (const event of eventsIn(stdout)) requireValidEvent(spec, event);
    },
  );

  test('why writes the runs of its answer to a file; a server that is not there is exit code 1', async () => {
    const file = join(project.dir, 'events.ndjson');
    const { code, stdout, stderr } = await run(
      'why',
      'product_core.product',
      '--key',
      'sku=P-1',
      '--openlineage',
      file,
    );
    expect([code, stderr]).toEqual([0, `6 OpenLineage events of 1 run to ${file}\n`]);
    expect(stdout).toContain('line 2 of pinegate.csv');
    expect(eventsIn(readFileSync(file, 'utf8'))).toHaveLength(6);
    const failed = await run('lineage', 'last', '--openlineage', 'http://127.0.0.1:9/x');
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('[LINEAGE_NOT_SENT]')]);
  });
});

test('--openmetadata tells the server which table came from which, and makes those that it does not know', async () => {
  const nowhere = await run('lineage', 'last', '--openmetadata');
  expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining('there is no server to tell')]);
  const { url, edges, made, tokens } = await openMetadataWith({
    'product_raw.verdalia': ['code', 'title', 'eur'],
    'product_core.product': ['sku', 'price_eur', 'vendor'],
  });
  appendFileSync(
    join(project.dir, 'aiworkflow.yaml'),
    `  catalog:\n    server: catalog\n    args: [--openmetadata, '${url}']\n`,
  );
  const env = { OPENMETADATA_JWT: 'the-token' };
  const { code, stderr } = await startCli(['lineage', 'last', '--openmetadata'], { cwd: project.dir, env })
    .done;
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(
      /^2 edges of run \S+ to http:.*\nMade there, because no contract of theirs was published: product_raw\.pinegate\.\nLeft out with its edges: product_core\.kinds: PUT .*refused.*no kinds here\nColumns left out, because the server's tables lack them: product_core\.product\.name\.\n$/,
    ),
  ]);
  expect(made.map(({ name, columns }) => [name, columns])).toMatchObject([
    [
      'pinegate',
      expect.arrayContaining([
        {
          name: 'price',
          dataType: 'DECIMAL',
          precision: 10,
          scale: 2,
          dataTypeDisplay: 'DECIMAL(10,2)',
          description: '',
        },
        expect.objectContaining({ name: '_source_line', dataType: 'BIGINT' }),
      ]),
    ],
  ]);
  expect(edges.find((edge) => JSON.stringify(edge).includes('id of product_raw.pinegate'))).toBeDefined();
  expect(edges.filter((edge) => JSON.stringify(edge).includes('id of product_raw.verdalia'))).toMatchObject([
    {
      edge: {
        fromEntity: { id: 'id of product_raw.verdalia' },
        toEntity: { id: 'id of product_core.product' },
        lineageDetails: {
          sqlQuery: expect.stringContaining('FROM product_raw.verdalia') as string,
          columnsLineage: expect.arrayContaining([
            expect.objectContaining({
              fromColumns: ['lake.lake.product_raw.verdalia.eur'],
              toColumn: 'lake.lake.product_core.product.price_eur',
            }),
          ]) as unknown,
        },
      },
    },
  ]);
  expect([...new Set(tokens)]).toEqual(['Bearer the-token']);
});

/** The answers of OpenMetadata that lineage needs, for these tables and columns; its own schemas are held in the catalog's tests. */
async function openMetadataWith(tables: Readonly<Record<string, readonly string[]>>) {
  const [edges, made, tokens]: [JsonObject[], JsonObject[], string[]] = [[], [], []];
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization ?? '');
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const answer = (status: number, value: unknown) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(value));
      };
      const entity = (name: string, columns: unknown) => ({
        id: `id of ${name}`,
        name,
        fullyQualifiedName: name,
        columns,
      });
      if (request.method === 'PUT') {
        const put = JSON.parse(body) as JsonObject;
        if (put['name'] === 'kinds') return answer(400, { message: 'no kinds here' });
        if (request.url?.endsWith('/lineage')) edges.push(put);
        if (request.url?.endsWith('/tables')) made.push(put);
        return answer(
          200,
          entity(
            `${String(put['databaseSchema']).slice('lake.lake.'.length)}.${String(put['name'])}`,
            put['columns'] ?? [],
          ),
        );
      }
      const name = /lake\.lake\.(\w+\.\w+)/.exec(request.url ?? '')?.[1] ?? '';
      const columns = tables[name]?.map((column) => ({ name: column, dataType: 'VARCHAR' }));
      return answer(columns ? 200 : 404, entity(name, columns));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, edges, made, tokens };
}

test.each([
  [['why', 'product_core.prodct'], 'did you mean product_core.product?'],
  [['why', 'product_core.product.prize'], 'columns: sku, name, price_eur, vendor.'],
  [['why', 'product_core.product', '--key', 'sku'], 'is no column=value'],
  [['why', 'product_core.product', '--key', 'skuu=1'], 'did you mean sku?'],
  [['why', 'product_core.product', '--key', 'price_eur=cheap'], 'The key does not fit the table'],
  [['why', 'product_core.product', '--at', 'yesterday'], 'is no snapshot and no time'],
  [['why', 'product_core.product', '--at', '17'], 'its newest snapshots:'],
  [['why', 'product_core.product', '--at', '2020-01-01T00:00'], 'had no snapshot at 2020-01-01'],
  [['why', 'product_core.product', '--warehouse', 'nowhere'], 'it holds no catalog.sqlite'],
  [['why', 'product_core.product', '--depth', 'all'], 'whole number'],
])('%j is refused with what to type instead', async (args, words) => {
  const { code, stderr } = await run(...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
});

test('--json is the whole answer', async () => {
  const { code, stdout } = await run('why', 'product_core.product.price_eur', '--key', 'sku=V-7', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    table: 'product_core.product',
    column: 'price_eur',
    row: { values: { price_eur: '53.55' } },
    writers: [{ tool: 'run_mapping', call: { runId: project.runId }, mapping: { recomputed: 'same' } }],
  });
});
