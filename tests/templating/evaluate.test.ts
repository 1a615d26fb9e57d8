import { expect, test } from 'vitest';
import { createTemplateEngine } from '../../src/templating/create-template-engine.ts';

const engine = createTemplateEngine();
const origin = { file: 'workflows/x.yaml', line: 4, column: 11 };
const values = { load: { response: { rejected: 2, files: [{ a: 1 }], none: null } }, n: 'x' };
const evaluate = (text: string) =>
  engine.evaluate({ text, origin }, { values, untrusted: new Set(['load']) });

test.each([
  ['load.response.rejected', 2],
  ['{{ load.response.rejected }}', 2],
  ['  {{ load.response.files }}\n', [{ a: 1 }]],
  ['gt load.response.rejected 0', true],
  ['and (gt load.response.rejected 0) (not load.response.nothing)', true],
  ['default load.response.nothing.deep 7', 7],
  ['load.response.none', null],
  ['true', true],
  ['5', 5],
  ['"text"', 'text'],
  ['{{ load.response.rejected }} of {{ n }}', '2 of x'],
  ['\\{{ n }}', '{{ n }}'],
])('%s', (expression, expected) => {
  expect(evaluate(expression)).toEqual(expected);
});

test.each([
  ['parentheses', `{{#if ${'(not '.repeat(20_000)}n${')'.repeat(20_000)}}}{{/if}}`],
  ['blocks', `${'{{#if n}}'.repeat(20_000)}${'{{/if}}'.repeat(20_000)}`],
])('%s that are nested without end are an error with a place, at once', (_, text) => {
  const failure = {
    code: 'TEMPLATE_SYNTAX',
    location: expect.objectContaining({ file: origin.file, line: origin.line }),
    message: expect.stringContaining('nested too deeply'),
  };
  expect(() => evaluate(text)).toThrow(expect.objectContaining(failure));
  expect(() => engine.references({ text, origin })).toThrow(expect.objectContaining(failure));
});

test('many parentheses in the text, and many blocks one after the other, are not nested', () => {
  const text = `${'('.repeat(500)}${'{{#if n}}a{{^}}b{{/if}}'.repeat(500)}`;
  expect(evaluate(text)).toBe(`${'('.repeat(500)}${'a'.repeat(500)}`);
});

test('an untrusted value is handed on as it is: fences are for prompts', () => {
  expect(engine.evaluate({ text: '{{ n }}', origin }, { values, untrusted: new Set(['n']) })).toBe('x');
});

test.each([
  ['load.respons.files', 'workflows/x.yaml:4:11 There is no "respons"'],
  ['gt load.response.files 0', 'workflows/x.yaml:4:11 Helper "gt" compares'],
  ['{{ nn }}', 'workflows/x.yaml:4:14 There is no "nn"'],
])('%s is an error at its place in the file', (expression, message) => {
  expect(() => evaluate(expression)).toThrow(message);
});
