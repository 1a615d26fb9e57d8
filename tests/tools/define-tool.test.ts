import { expect, test } from 'vitest';
import { z } from 'zod';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { DefinitionError, InterruptedError } from '../../src/errors/index.ts';
import { defineTool } from '../../src/tools/index.ts';
import { callContext, textOf } from './support.ts';

const input = z.object({ sku: z.string().describe('stock keeping unit'), count: z.int().min(1).default(1) });

const toolThat = (
  run: (args: { sku: string; count: number }, context: { signal: AbortSignal }) => unknown,
  output?: z.ZodType,
) => defineTool({ name: 'order', description: 'Orders.', input, run, ...(output && { output }) });

test('the definition: schemas from zod, irreversible unless it says otherwise', () => {
  const { definition } = toolThat(() => '', z.object({ id: z.int() }));
  expect(definition).toMatchObject({
    name: 'order',
    description: 'Orders.',
    effect: 'irreversible',
    inputSchema: {
      type: 'object',
      required: ['sku'],
      properties: {
        sku: { type: 'string', description: 'stock keeping unit' },
        count: { type: 'integer', default: 1 },
      },
    },
    outputSchema: { type: 'object', required: ['id'] },
  });
  expect(JSON.parse(canonicalJson(definition.inputSchema))).toEqual(definition.inputSchema);
  expect(
    defineTool({ name: 'a', description: '', input, effect: 'read', run: () => '' }).definition.effect,
  ).toBe('read');
});

test.each<[string, unknown, object]>([
  ['text', 'done', { content: [{ type: 'text', text: 'done' }], isError: false }],
  [
    'an object',
    { id: 7 },
    { content: [{ type: 'text', text: '{"id":7}' }], structured: { id: 7 }, isError: false },
  ],
  ['a list', [1], { content: [{ type: 'text', text: '[1]' }], structured: [1], isError: false }],
  ['nothing', undefined, { content: [{ type: 'text', text: 'null' }], structured: null, isError: false }],
  [
    'a date, as JSON has it',
    { at: new Date(0) },
    {
      content: [{ type: 'text', text: '{"at":"1970-01-01T00:00:00.000Z"}' }],
      structured: { at: '1970-01-01T00:00:00.000Z' },
      isError: false,
    },
  ],
])('a result: %s', async (_name, value, expected) => {
  expect(await toolThat(() => value).call({ sku: 'a' }, callContext())).toEqual(expected);
  expect(await toolThat(async () => value).call({ sku: 'a' }, callContext())).toEqual(expected);
});

test('defaults of the schema are filled in', async () => {
  const output = await toolThat(({ sku, count }) => `${count} x ${sku}`).call({ sku: 'a' }, callContext());
  expect(textOf(output)).toBe('1 x a');
});

test.each<[string, () => unknown, RegExp]>([
  [
    'what it throws',
    () => {
      throw new Error('no such sku');
    },
    /^no such sku$/,
  ],
  ['what it rejects with', () => Promise.reject(new Error('no such sku')), /^no such sku$/],
  [
    'our own errors with their hint',
    () => {
      throw new DefinitionError({ code: 'USAGE', message: 'wrong', hint: 'try this' });
    },
    /^wrong\ntry this$/,
  ],
  ['what has no JSON form', () => () => {}, /function, which has no JSON form/],
  [
    'a circle',
    () => {
      const circle: Record<string, unknown> = {};
      circle['self'] = circle;
      return circle;
    },
    /circular/i,
  ],
])('a failed result: %s', async (_name, run, words) => {
  const output = await toolThat(run).call({ sku: 'a' }, callContext());
  expect(output.isError).toBe(true);
  expect(textOf(output)).toMatch(words);
});

test('arguments and results that break their schemas are failed results', async () => {
  const wrong = await toolThat(() => '').call({ sku: 'a', count: 0 }, callContext());
  expect(wrong.isError).toBe(true);
  expect(textOf(wrong)).toMatch(/arguments are wrong.*count/s);
  const broken = await toolThat(() => ({ id: 'x' }), z.object({ id: z.int() })).call(
    { sku: 'a' },
    callContext(),
  );
  expect(broken.isError).toBe(true);
  expect(textOf(broken)).toMatch(/breaks its own schema.*id/s);
});

test('a tool that never returns is left behind, and told by its signal', async () => {
  let told = false;
  const never = toolThat((_args, { signal }) => {
    signal.addEventListener('abort', () => {
      told = true;
    });
    return new Promise(() => {});
  });
  await expect(never.call({ sku: 'a' }, callContext({ timeoutMs: 50 }))).rejects.toMatchObject({
    code: 'TOOL_OUTCOME_UNKNOWN',
    details: { tool: 'order', reason: 'timeout' },
  });
  expect(told).toBe(true);
  await expect(
    never.call({ sku: 'a' }, callContext({ signal: AbortSignal.timeout(50) })),
  ).rejects.toMatchObject({
    details: { reason: 'cancelled' },
  });
});

test('an interrupted run calls nothing', async () => {
  let calls = 0;
  const tool = toolThat(() => {
    calls += 1;
  });
  await expect(tool.call({ sku: 'a' }, callContext({ signal: AbortSignal.abort() }))).rejects.toBeInstanceOf(
    InterruptedError,
  );
  expect(calls).toBe(0);
});
