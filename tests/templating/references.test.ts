import { expect, test } from 'vitest';
import { createTemplateEngine } from '../../src/templating/create-template-engine.ts';

const engine = createTemplateEngine();

test.each([
  ['plain text', []],
  ['{{a.b}} {{c}}', ['a.b@1:3', 'c@1:11']],
  [
    '{{#each scan.files as |f i|}}{{f.name}}{{i}}{{@index}}{{/each}}',
    ['scan.files@1:9', 'scan.files.*.name@1:32'],
  ],
  [
    '{{#each scan.files}}{{name}}{{this}}{{../top}}{{/each}}',
    ['scan.files@1:9', 'scan.files.*.name@1:23', 'scan.files.*@1:31', 'top@1:39'],
  ],
  ['{{#with a.b as |x|}}{{x.c}}{{d}}{{./x}}{{/with}}', ['a.b@1:9', 'a.b.c@1:23', 'a.b.d@1:30', 'a.b.x@1:35']],
  ['{{#if a}}{{b}}{{else}}{{c}}{{/if}}', ['a@1:7', 'b@1:12', 'c@1:25']],
  ['{{json (default a.x b.y)}}', ['a.x@1:17', 'b.y@1:21']],
  ['{{csv a columns=b.c}}', ['a@1:7', 'b.c@1:17']],
  ['{{#each (lookup a "k") as |x|}}{{x.y}}{{/each}}', ['a@1:17', 'a.k.*.y@1:34']],
  ['{{#each (default a b) as |x|}}{{x.y}}{{/each}}', ['a@1:18', 'b@1:20']],
  ['{{@root.a.b}}', ['a.b@1:3']],
  [
    '{{#each xs}}{{#each ys as |y|}}{{y.z}}{{../w}}{{../../top}}{{/each}}{{/each}}',
    ['xs@1:9', 'xs.*.ys@1:21', 'xs.*.ys.*.z@1:34', 'xs.*.w@1:41', 'top@1:49'],
  ],
])('%s', (text, expected) => {
  const template = { text, origin: { file: 'p', line: 1, column: 1 } };
  const found = engine
    .references(template)
    .map(({ path, location }) => `${path.join('.')}@${location.line}:${location.column}`);
  expect(found).toEqual(expected);
});

test('places are those of the file', () => {
  const template = {
    text: 'one {{ a }}\ntwo {{ b }}',
    origin: { file: 'w.yaml', line: 7, column: 9 },
    indent: 8,
  };
  expect(engine.references(template).map((reference) => reference.location)).toEqual([
    { file: 'w.yaml', line: 7, column: 16 },
    { file: 'w.yaml', line: 8, column: 16 },
  ]);
});
