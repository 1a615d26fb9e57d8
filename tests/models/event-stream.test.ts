import { expect, test } from 'vitest';
import { eventStream } from '../../src/models/wire/event-stream.ts';
import { failureOf, ProviderFailure } from '../../src/models/wire/failure.ts';

/** What arrives, piece by piece, and then ends. */
function eventsOf(...pieces: string[]): unknown[] {
  const events: unknown[] = [];
  const stream = eventStream((data) => events.push(data));
  const last = pieces.findIndex((piece) => stream.take(piece));
  stream.end();
  return last === -1 ? events : [...events, `done in piece ${last}`];
}

test.each([
  ['line feeds', ['data: {"n":1}\n\ndata: {"n":2}\n\n'], [{ n: 1 }, { n: 2 }]],
  ['carriage returns and line feeds', ['data: {"n":1}\r\n\r\ndata: {"n":2}\r\n\r\n'], [{ n: 1 }, { n: 2 }]],
  ['carriage returns', ['data: {"n":1}\r\rdata: {"n":2}\r\r'], [{ n: 1 }, { n: 2 }]],
  ['a line end cut in two', ['data: {"n":1}\r', '\n\r', '\ndata: {"n":2}\r\n\r\n'], [{ n: 1 }, { n: 2 }]],
  ['data over several lines', ['data: {"n":\ndata: 1}\n\n'], [{ n: 1 }]],
  ['no space after the colon', ['data:{"n":1}\n\n'], [{ n: 1 }]],
  ['comments and blank lines', [': ping\n\n\n\n', 'data: {"n":1}\n: ping\n\n'], [{ n: 1 }]],
  ['names, ids and retry times', ['event: step\nid: 7\nretry: 10\ndata: {"n":1}\n\n'], [{ n: 1 }]],
  ['a name without data', ['event: step\n\ndata: {"n":1}\n\n'], [{ n: 1 }]],
  ['unknown fields', ['colour: red\nword\ndata: {"n":1}\n\n'], [{ n: 1 }]],
  ['a byte order mark', ['\uFEFFdata: {"n":1}\n\n'], [{ n: 1 }]],
  ['an event in many pieces', [...'data: {"n":1}\n\n'], [{ n: 1 }]],
  ['no blank line at the end', ['data: {"n":1}\n'], [{ n: 1 }]],
  ['no line end at the end', ['data: {"n":1}'], [{ n: 1 }]],
  ['nothing', [], []],
  ['[DONE]', ['data: {"n":1}\n\n', 'data: [DONE]\n\n'], [{ n: 1 }, 'done in piece 1']],
  ['something after [DONE]', ['data: [DONE]\n\ndata: no JSON\n\ndata: '], ['done in piece 0']],
] as const)('%s', (_, pieces, events) => {
  expect(eventsOf(...pieces)).toEqual(events);
});

test.each([
  ['an error in the data', 'data: {"error":{"type":"t","code":9,"message":"m"}}', { type: 't', code: '9' }],
  ['an error by its name', 'event: error\ndata: {"type":"t","message":"m"}', { type: 't' }],
  ['an error of text alone', 'data: {"error":"m"}', {}],
  ['an error that is no JSON', 'event: error\ndata: m', {}],
])('%s is what the provider reported', (_, text, fields) => {
  const thrown = thrownBy(() => eventsOf(`${text}\n\n`));
  expect(thrown).toBeInstanceOf(ProviderFailure);
  expect(failureOf(thrown)).toMatchObject({ message: 'm', ...fields });
});

test('an event with an empty error is an event', () => {
  expect(eventsOf('data: {"error":null}\n\n')).toEqual([{ error: null }]);
});

test.each(['data: {"n":\n\n', 'data: {"n":'])('%j is no JSON', (text) => {
  expect(() => eventsOf(text)).toThrow('no JSON');
});

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
