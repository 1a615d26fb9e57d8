import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/domain/json.ts';
import { AiworkflowError } from '../../src/errors/index.ts';
import { createTemplateEngine } from '../../src/templating/create-template-engine.ts';

interface Case {
  name: string;
  template: string;
  values: JsonObject;
  text?: string;
  error?: string;
  hint?: string;
}

const engine = createTemplateEngine();
const origin = { file: 'p.prompt', line: 10, column: 5 };
const cases: Case[] = parse(readFileSync(new URL('cases/render.yaml', import.meta.url), 'utf8'));

test.each(cases.filter((row) => row.text !== undefined))('$name', ({ template, values, text }) => {
  expect(
    engine.render({ text: template, origin, indent: 4 }, { values, untrusted: new Set() }, 'plain'),
  ).toBe(text);
});

test.each(cases.filter((row) => row.error !== undefined))(
  '$name',
  ({ template, values, error, hint = '' }) => {
    const failure = caught(() =>
      engine.render({ text: template, origin, indent: 4 }, { values, untrusted: new Set() }, 'plain'),
    );
    expect(failure.message.slice(0, error!.length)).toBe(error);
    expect(failure.hint ?? '').toContain(hint);
    expect(failure.location?.file).toBe('p.prompt');
  },
);

// The language is Handlebars' own: where Handlebars gives the same values a text, it is this text.
test.each([
  '{{a}} {{{a}}} {{&a}} {{n}} {{! c }}{{!-- {{x}} --}}.',
  '{{#each list}}\n  - {{name}} {{@index}} {{@first}} {{@last}}\n{{/each}}\n',
  '{{#each list as |item i|}}{{i}}{{item.name}}{{#each item.tags as |tag|}}{{tag}}{{item.name}}{{../name}}{{/each}}{{/each}}',
  '{{#each map}}{{@key}}:{{this}} {{/each}}',
  '{{#with list.[0]}}{{name}}{{../a}}{{#if name}}{{../a}}{{/if}}{{/with}}{{#with empty}}x{{else}}y{{/with}}',
  '{{#if empty}}a{{else if n}}b{{else}}c{{/if}}{{#unless empty}}u{{/unless}}{{#if zero}}z{{^}}nz{{/if}}',
  '  {{#if n}}\n indented\n  {{/if}}\nx {{~a~}} y\n\n{{~#if n}} q {{~/if}}',
  '{{list.1.name}} {{list.[0].name}} {{this.a}} {{./a}} {{@root.a}} {{list.length}}',
  '{{#each list}}{{#each tags}}{{@index}}{{this}}{{../name}}{{../../a}}{{/each}}{{/each}}',
  '{{lookup map "k"}} {{lookup list.[0] "name"}} \\{{a}} \\\\{{a}}',
  '{{{{raw}}}} {{a}} {{{{/raw}}}}',
])('renders %j as Handlebars does', (text) => {
  const values = {
    a: 'A&<',
    n: 3,
    zero: 0,
    empty: [],
    map: { k: 'v', l: 'w' },
    list: [
      { name: 'one', tags: ['x', 'y'] },
      { name: 'two', tags: [] },
    ],
  };
  if (text.startsWith('{{{{raw')) {
    expect(() => engine.render({ text, origin }, { values, untrusted: new Set() }, 'plain')).toThrow(
      'There is no block',
    );
    return;
  }
  const expected = Handlebars.compile(text, { strict: true, noEscape: true })(values);
  expect(engine.render({ text, origin }, { values, untrusted: new Set() }, 'plain')).toBe(expected);
});

function caught(action: () => unknown): AiworkflowError {
  try {
    action();
  } catch (error) {
    if (AiworkflowError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
