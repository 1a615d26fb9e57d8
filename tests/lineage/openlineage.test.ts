import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { runEvents } from '../../src/lineage/openlineage/run-events.ts';
import { uuidOf } from '../../src/lineage/openlineage/run-id.ts';
import type { RunLineage } from '../../src/lineage/openlineage/run-lineage.ts';
import { sendEvents } from '../../src/lineage/openlineage/send-events.ts';
import { hasSpec, openlineageSpec, requireValidEvent } from './support/openlineage-spec.ts';

const places = { namespace: 'shop', warehouse: '/data/lake', projectDir: '/data/project' };

const story = {
  key: 'r1/map/t1.1',
  runId: 'r1',
  position: 'map/t1.1',
  step: 'map',
  number: 4,
  tool: 'lake.run_mapping',
  at: 2000,
  status: 'ok',
  source: 'live',
  arguments: {},
  workflow: { id: 'prices' },
  run: { startedAt: 1000, program: 'aiworkflow 0.1.0' },
  model: {
    asked: 'openai:gpt-6-sol',
    answered: 'gpt-6-sol-2026-10',
    call: 3,
    position: 'map/m1',
    source: 'live',
  },
  prompt: [],
} as const;

const run: RunLineage = {
  runId: 'r1',
  workflowId: 'prices',
  program: 'aiworkflow 0.1.0',
  startedAt: 1000,
  endedAt: 9000,
  status: 'ok',
  workflowFile: 'workflows/prices.yaml',
  definition: 'd'.repeat(64),
  steps: [
    {
      path: 'map[2]~1',
      startedAt: 1500,
      endedAt: 8000,
      status: 'ok',
      calls: [story],
      prompt: [{ file: 'prompts/map it.prompt', line: 3, sha256: 'e'.repeat(64) }],
      sql: ['SELECT a + 1 AS b FROM bronze.t WHERE c > 0'],
      inputs: [
        {
          kind: 'table',
          name: 'bronze.t',
          version: '17',
          columns: [{ name: 'a', type: 'INTEGER', description: 'a number' }],
          assertions: [
            {
              assertion: 'nullValues',
              success: false,
              column: 'a',
              name: 'a is there',
              actual: '2',
              expected: '= 0',
              severity: 'error',
            },
          ],
        },
        { kind: 'file', name: '/data/vendors/a b.csv', sha256: 'f'.repeat(64), rowsRead: 12 },
        { kind: 'file', name: 'gone.csv', sha256: 'f'.repeat(64), rowsRead: 1 },
      ],
      outputs: [
        {
          kind: 'table',
          name: 'gold.u',
          version: '18',
          columns: [{ name: 'b', type: 'DECIMAL(10, 2)' }],
          change: 'OVERWRITE',
          rowsWritten: 10,
          bytesWritten: 999,
          filesWritten: 1,
          columnRules: [
            {
              column: 'b',
              expressions: ['(bronze.t.a + 1)'],
              direct: [{ table: 'bronze.t', column: 'a', use: 'TRANSFORMATION' }],
              indirect: [
                { table: 'bronze.t', column: 'c', uses: ['FILTER', 'SORT'] },
                { table: 'bronze.t@17', column: 'a', uses: ['JOIN'] },
              ],
              unknowns: [],
            },
          ],
        },
      ],
    },
  ],
};

const typesOf = (events: readonly JsonObject[]) =>
  events.map((event) => [event['eventType'], (event['job'] as JsonObject)['name']]);

test('a run and its steps begin and end, the run around its steps', () => {
  expect(typesOf(runEvents(run, places))).toEqual([
    ['START', 'prices'],
    ['START', 'prices.map'],
    ['COMPLETE', 'prices.map'],
    ['COMPLETE', 'prices'],
  ]);
});

test.each([
  ['failed', 'FAIL'],
  ['stopped', 'ABORT'],
  ['interrupted', 'ABORT'],
] as const)('a run that is %s ends with %s, and says why', (status, eventType) => {
  const [, end] = runEvents({ ...run, status, errorMessage: 'no credit left', steps: [] }, places);
  expect(end).toMatchObject({ eventType, run: { facets: { errorMessage: { message: 'no credit left' } } } });
});

test('a run that waits, or died, has begun and not ended', () => {
  const { endedAt: _endedAt, ...open } = run;
  expect(typesOf(runEvents({ ...open, status: 'running', steps: [] }, places))).toEqual([
    ['START', 'prices'],
  ]);
  expect(typesOf(runEvents({ ...run, status: 'waiting', steps: [] }, places))).toEqual([['START', 'prices']]);
});

test('what a column is made of, and what decides about it', () => {
  const end = runEvents(run, places)[2] as unknown as {
    outputs: readonly [{ facets: { columnLineage: { fields: { b: { inputFields: JsonObject[] } } } } }];
  };
  const { inputFields } = end.outputs[0].facets.columnLineage.fields.b;
  expect(
    inputFields.map(({ name, field, transformations }) => [
      name,
      field,
      (transformations as JsonObject[]).map(({ type, subtype }) => `${type} ${subtype}`),
    ]),
  ).toEqual([
    ['bronze.t', 'a', ['DIRECT TRANSFORMATION']],
    ['bronze.t', 'c', ['INDIRECT FILTER', 'INDIRECT SORT']],
    ['bronze.t', 'a', ['INDIRECT JOIN']],
  ]);
});

test('ids: a UUID stays, any other text always gets the same one', () => {
  expect(uuidOf('0192F0C4-7B1D-7AAA-8000-000000000001')).toBe('0192f0c4-7b1d-7aaa-8000-000000000001');
  expect(uuidOf('20261121-040622-2rqc2x5x')).toBe(uuidOf('20261121-040622-2rqc2x5x'));
  expect(uuidOf('a')).not.toBe(uuidOf('b'));
  expect(uuidOf('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

describe.skipIf(!hasSpec)('against the specification (skipped without ../shared)', () => {
  const spec = openlineageSpec();

  const failed = { ...run, status: 'failed' as const, errorMessage: 'x' };

  test.each([
    ['of a run', runEvents(run, places)],
    ['of a failed run', runEvents(failed, places)],
  ])('all events %s, and all of their facets by their own schema', (_name, events) => {
    const seen = new Set(events.flatMap((event) => requireValidEvent(spec, event)));
    expect([...seen].sort()).toEqual(
      [
        'aiworkflow_calls',
        'catalog',
        'columnLineage',
        'dataQualityAssertions',
        'dataSource',
        ...(_name === 'of a failed run' ? ['errorMessage'] : []),
        'inputStatistics',
        'jobType',
        'lifecycleStateChange',
        'outputStatistics',
        'parent',
        'processing_engine',
        'schema',
        'sourceCodeLocation',
        'sql',
        'storage',
        'version',
      ].sort(),
    );
  });

  test('the check can fail: an id that is no UUID, a facet without what it needs', () => {
    const validate = spec.getSchema('https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent');
    const [event] = runEvents(run, places);
    expect(validate?.({ ...event, run: { runId: 'r1' } })).toBe(false);
    const own = spec.getSchema('urn:aiworkflow:openlineage-calls-run-facet:1-0-0#/$defs/CallsRunFacet');
    expect(own?.({ _producer: 'urn:x', _schemaURL: 'urn:x', runId: 'r1' })).toBe(false);
  });
});

describe('sending', () => {
  const events = runEvents(run, places);

  /** A server that answers each request with the next status; the last one again and again. */
  async function serverOf(...statuses: readonly (number | 'silent')[]) {
    const received: { url: string | undefined; key: string | undefined; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => {
        body += piece.toString('utf8');
      });
      request.on('end', () => {
        const status = statuses[received.length] ?? statuses.at(-1) ?? 201;
        received.push({ url: request.url, key: request.headers.authorization, body });
        if (status !== 'silent') response.writeHead(status).end('the reason');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as { port: number };
    return { received, url: `http://127.0.0.1:${port}` };
  }

  test('to a file: one line each, after what is there', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'openlineage-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const target = join(dir, 'events.ndjson');
    await sendEvents(events, { target });
    await sendEvents(events.slice(0, 1), { target });
    const lines = readFileSync(target, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([...events, events[0]]);
    await expect(sendEvents(events, { target: join(dir, 'no/such/folder.ndjson') })).rejects.toMatchObject({
      code: 'LINEAGE_NOT_SENT',
    });
  });

  test('to a server: one request each, with the key; where to, when the address has no path', async () => {
    const { received, url } = await serverOf(201);
    await sendEvents(events, { target: url, apiKey: 'secret-key' });
    await sendEvents(events.slice(0, 1), { target: `${url}/own/path` });
    expect(received.map((one) => one.url)).toEqual([...events.map(() => '/api/v1/lineage'), '/own/path']);
    expect(received.map(({ key }) => key)).toEqual([...events.map(() => 'Bearer secret-key'), undefined]);
    expect(received.slice(0, -1).map(({ body }) => JSON.parse(body) as unknown)).toEqual(events);
  });

  test.each([
    ['an error', [201, 500] as const, /answered 500 .*the reason \(1 of 4 events had arrived\)/],
    ['a redirection', [302] as const, /0 of 4 events/],
    ['silence', ['silent'] as const, /did not answer within 50 ms \(0 of 4/],
  ])('%s of the server is told, with how many had arrived', async (_name, statuses, words) => {
    const { url } = await serverOf(...statuses);
    const sending = sendEvents(events, { target: url, ...(statuses[0] === 'silent' && { timeoutMs: 50 }) });
    await expect(sending).rejects.toMatchObject({
      code: 'LINEAGE_NOT_SENT',
      message: expect.stringMatching(words) as string,
    });
  });

  test.each([
    ['http://marquez.example', 'secret-key', 'OPENLINEAGE_API_KEY may be sent to'],
    ['HTTP://192.168.0.1:5000/x', 'secret-key', 'OPENLINEAGE_API_KEY may be sent to'],
    ['http://127.0.0.1.example.org', 'secret-key', 'OPENLINEAGE_API_KEY may be sent to'],
    ['https://me:pass@marquez.example', undefined, 'no address of a server'],
    ['https://', 'secret-key', 'no address of a server'],
  ])('%s is not written to with the key %s', async (target, apiKey, words) => {
    const error: unknown = await sendEvents(events, { target, apiKey }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining(words) as string });
    expect(String(error)).not.toMatch(/secret-key|me:pass/);
  });

  test('without a key any server is written to', async () => {
    const sending = sendEvents(events, { target: 'http://[::ffff:127.0.0.1]:9', timeoutMs: 1000 });
    await expect(sending).rejects.toMatchObject({ code: 'LINEAGE_NOT_SENT' });
  });

  test('a server that is not there is told', async () => {
    await expect(sendEvents(events, { target: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'LINEAGE_NOT_SENT',
    });
  });
});
