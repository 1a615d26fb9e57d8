import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { describeDifference } from '../../src/domain/describe-difference.ts';
import type { Json } from '../../src/domain/json.ts';
import { requestDifferences } from '../../src/domain/request-difference.ts';
import {
  type FrameParts,
  type ModelRequestParts,
  requestOfCall,
  type ToolRequestParts,
} from '../../src/domain/request-parts.ts';

const text = (value: Json) => ({ text: canonicalJson(value) });
const user = (words: string) => text({ role: 'user', content: [{ type: 'text', text: words }] });
const frame: FrameParts = {
  settings: { temperature: 0 },
  contract: text({ type: 'object' }),
  contractName: 'answer',
  tools: new Map([
    ['a', text({ name: 'a' })],
    ['b', text({ name: 'b' })],
  ]),
};
const model: ModelRequestParts = {
  call: 'model',
  name: 'x:one',
  frame,
  added: [user('Hello\nAda')],
  messagesBefore: 0,
};
const tool: ToolRequestParts = {
  call: 'tool',
  name: 'lake.ingest',
  definition: text({ name: 'lake.ingest' }),
  arguments: { path: 'a.csv', sql: 'SELECT 1', limit: 1 },
};

describe('two requests', () => {
  test.each([model, tool])('a $call request and itself do not differ', (one) => {
    expect(requestDifferences(one, structuredClone(one))).toEqual([]);
  });

  test.each<[string, Partial<ModelRequestParts>, object[]]>([
    ['model', { name: 'x:two' }, [{ part: 'model', how: 'changed', was: 'x:one', now: 'x:two' }]],
    [
      'a setting',
      { frame: { ...frame, settings: { temperature: 1, topP: 0.5 } } },
      [
        { part: 'settings', how: 'changed', what: 'settings.temperature', was: '0', now: '1' },
        { part: 'settings', how: 'added', what: 'settings.topP', now: '0.5' },
      ],
    ],
    [
      'the contract',
      { frame: { ...frame, contract: text({ type: 'array' }) } },
      [{ part: 'contract', how: 'changed', was: '{"type":"object"}', now: '{"type":"array"}' }],
    ],
    [
      "the contract's name",
      { frame: { ...frame, contractName: 'reply' } },
      [{ part: 'contract', what: "the contract's name", was: 'answer', now: 'reply' }],
    ],
    [
      'no contract',
      { frame: { settings: frame.settings, tools: frame.tools } },
      [{ part: 'contract', how: 'removed', was: '{"type":"object"}' }],
    ],
    [
      'a tool gone, one new',
      {
        frame: {
          ...frame,
          tools: new Map([
            ['a', text({ name: 'a' })],
            ['c', text({ name: 'c' })],
          ]),
        },
      },
      [
        { part: 'tool', how: 'removed', what: 'tool b is not offered' },
        { part: 'tool', how: 'added', what: 'tool c is new' },
      ],
    ],
    [
      'a tool described otherwise',
      { frame: { ...frame, tools: new Map([...frame.tools, ['b', text({ name: 'b', effect: 'read' })]]) } },
      [{ part: 'tool', how: 'changed', what: 'tool b is described otherwise' }],
    ],
    [
      'the order of tools',
      { frame: { ...frame, tools: new Map([...frame.tools].reverse()) } },
      [{ part: 'tool', what: 'the order of the tools', was: 'a\nb', now: 'b\na' }],
    ],
    [
      'the words of a message',
      { added: [user('Hello\nBob')] },
      [{ part: 'message', what: 'message 1 (user)', was: 'Hello\nAda', now: 'Hello\nBob' }],
    ],
    [
      'a message more',
      { added: [...model.added, user('And?')] },
      [{ part: 'message', how: 'added', what: 'message 2 (user) is new', now: 'And?' }],
    ],
    [
      'a message less',
      { added: [] },
      [{ part: 'message', how: 'removed', what: 'message 1 (user) is gone' }],
    ],
    [
      'a message whose text is gone',
      { added: [{ hash: 'f'.repeat(64) }] },
      [{ part: 'message', how: 'unreadable', what: expect.stringContaining('not in the log') as string }],
    ],
  ])('%s', (_, change, differences) => {
    const found = requestDifferences(model, { ...model, ...change });
    expect(found).toMatchObject(differences);
    expect(found).toHaveLength(differences.length);
  });

  test('messages that say the same and differ in ids are shown as JSON', () => {
    const reply = (callId: string) =>
      text({ role: 'tool', callId, name: 'a', isError: false, content: [{ type: 'text', text: '3' }] });
    const found = requestDifferences({ ...model, added: [reply('c1')] }, { ...model, added: [reply('c2')] });
    expect(found).toMatchObject([
      { was: expect.stringContaining('"callId":"c1"') as string, sameWords: true },
    ]);
  });

  test('messages are compared by their place in the conversation', () => {
    const later = { ...model, messagesBefore: 1, added: [user('Second')] };
    expect(requestDifferences({ ...model, added: [user('First'), user('Second')] }, later)).toEqual([]);
  });

  test.each<[string, Partial<ToolRequestParts>, object[]]>([
    ['another tool', { name: 'lake.query' }, [{ part: 'tool', was: 'lake.ingest', now: 'lake.query' }]],
    [
      'an argument',
      { arguments: { path: 'b.csv', sql: 'SELECT 1', limit: 1 } },
      [{ part: 'arguments', what: 'arguments.path', was: 'a.csv', now: 'b.csv' }],
    ],
    [
      'a text in the place of a number',
      { arguments: { path: 'a.csv', sql: 'SELECT 1', limit: '1' } },
      [{ part: 'arguments', what: 'arguments.limit', was: '1', now: '1' }],
    ],
    [
      'an argument called __proto__',
      { arguments: JSON.parse('{"path":"a.csv","sql":"SELECT 1","limit":1,"__proto__":2}') },
      [{ part: 'arguments', how: 'added', what: 'arguments.__proto__', now: '2' }],
    ],
    [
      'its definition',
      { definition: text({ name: 'lake.ingest', effect: 'read' }) },
      [{ part: 'tool', what: 'tool lake.ingest is described otherwise' }],
    ],
  ])('tool call: %s', (_, change, differences) => {
    const found = requestDifferences(tool, { ...tool, ...change });
    expect(found).toMatchObject(differences);
    expect(found).toHaveLength(differences.length);
  });

  test('a model call is no tool call', () => {
    expect(requestDifferences(model, tool)).toMatchObject([{ what: 'another kind of call' }]);
  });
});

describe('the request of a logged call', () => {
  const texts = new Map(
    Object.entries({
      f: '{"model":"x:one","settings":{},"tools":["t"],"output":"o","outputName":"answer"}',
      t: '{"name":"a"}',
      o: '{"type":"object"}',
      m: '{"content":[{"text":"Hi","type":"text"}],"role":"user"}',
      c: '{"arguments":{"n":1},"definition":"t","tool":"a"}',
    }),
  );
  const load = (hash: string) => texts.get(hash);
  const call = { call: 'model', name: 'recorded:x', request: 'f', added: ['m'] } as const;

  test('is put together from its texts', () => {
    expect(requestOfCall(call, { load })).toEqual({
      call: 'model',
      hash: 'f',
      name: 'x:one',
      frame: {
        settings: {},
        contract: { hash: 'o', text: '{"type":"object"}' },
        contractName: 'answer',
        tools: new Map([['a', { hash: 't', text: '{"name":"a"}' }]]),
      },
      added: [{ hash: 'm', text: '{"content":[{"text":"Hi","type":"text"}],"role":"user"}' }],
      messagesBefore: 0,
    });
    expect(requestOfCall({ call: 'tool', name: 'a', request: 'c' }, { load })).toMatchObject({
      name: 'a',
      arguments: { n: 1 },
      definition: { hash: 't' },
    });
  });

  test.each([
    ['the frame', { ...call, request: 'gone' }, 'settings'],
    ['a message', { ...call, added: ['gone'] }, 'message'],
    ['a request of a tool', { call: 'tool', name: 'a', request: 'gone' } as const, 'arguments'],
  ])('%s that is lost is said to be', (_, lost, part) => {
    const before = lost.call === 'model' ? call : ({ call: 'tool', name: 'a', request: 'c' } as const);
    const found = requestDifferences(requestOfCall(before, { load }), requestOfCall(lost, { load }));
    expect(found).toMatchObject([{ part, how: 'unreadable' }]);
    expect(found.map(describeDifference)).toEqual([expect.stringMatching(/is not in the log any more$/)]);
  });
});

test.each([
  [{ was: 'SELECT 1', now: 'SELECT 2' }, 'sql: recorded SELECT 1 asked SELECT 2'],
  [
    { was: `${'a'.repeat(200)}b`, now: `${'a'.repeat(200)}c` },
    `sql: recorded …${'a'.repeat(30)}b asked …${'a'.repeat(30)}c`,
  ],
  [{ was: `b\n${'a'.repeat(200)}`, now: 'c' }, `sql: recorded b⏎${'a'.repeat(88)}… asked c`],
  [{ was: '1' }, 'sql: recorded 1 asked none'],
])('one line says where two texts part: %#', (texts, line) => {
  expect(describeDifference({ part: 'arguments', how: 'changed', what: 'sql', ...texts })).toBe(line);
});
