import { Dotprompt } from 'dotprompt';
import { expect, test } from 'vitest';
import { splitRoles } from '../../src/definitions/split-roles.ts';

const origin = { file: 'p.prompt', line: 1, column: 1 };

// Dotprompt's own renderer is the measure of which text belongs to whom.
test.each([
  'Just a question.',
  '{{role "system"}}Be brief.\n{{role "user"}}\nWhat is this?\n',
  'first\n{{role "model"}}answer{{role "user"}}again',
  '{{role "system"}}\n\n{{role "user"}}only this',
  '{{~role "system"~}} a {{~ role "user" ~}} b',
  '{{! {{role "system"}} }}\nx',
  'x {{!-- {{role "system"}} --}} y',
])('%j', async (text) => {
  const rendered = await new Dotprompt().render(text, {});
  const expected = rendered.messages
    .map(({ role, content }) => [
      role,
      content
        .map((part) => ('text' in part ? part.text : ''))
        .join('')
        .trim(),
    ])
    .filter(([, words]) => words !== '');
  const names = { system: 'system', user: 'user', assistant: 'model' };
  const found = splitRoles({ text, origin }).map(({ role, template }) => [
    names[role],
    template.text.replaceAll(/\{\{!--[\s\S]*?--\}\}|\{\{![\s\S]*?\}\}/g, '').trim(),
  ]);
  expect(found).toEqual(expected);
});

test('an escaped marker is text', () => {
  expect(splitRoles({ text: 'say \\{{role "system"}}', origin })).toHaveLength(1);
});
