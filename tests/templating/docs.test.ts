import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createTemplateEngine } from '../../src/templating/create-template-engine.ts';
import { helperNames } from '../../src/templating/helpers/all.ts';

const page = readFileSync('docs/templates.md', 'utf8');
const values = JSON.parse(/```json values\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
const engine = createTemplateEngine();
const origin = { file: 'docs/templates.md', line: 1, column: 1 };

// The last two cells of a row are a template and what it gives; a bar in them is written \|.
const rows = page.split('\n').flatMap((line) => {
  const cells = line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
  const [template, gives] = cells.slice(-2);
  const isExample = template?.startsWith('`') && /^(error: )?`/.test(gives ?? '') && /\{\{/.test(template);
  return isExample && template && gives ? [{ template: code(template), gives }] : [];
});

function code(cell: string): string {
  return cell.slice(1, -1).replaceAll('\\|', '|').replaceAll('⏎', '\n');
}

test.each(rows)('$template', ({ template, gives }) => {
  const render = () => engine.render({ text: template, origin }, { values, untrusted: new Set() }, 'plain');
  if (gives.startsWith('error: ')) expect(render).toThrow(code(gives.slice('error: '.length)));
  else expect(render()).toBe(code(gives));
});

test('the page shows every helper', () => {
  expect(rows.length).toBeGreaterThan(25);
  expect(
    helperNames.filter((name) => !rows.some(({ template }) => new RegExp(`[{(]${name} `).test(template))),
  ).toEqual([]);
});

test('the fence is the one that is shown', () => {
  const text = /```text fenced\n([\s\S]*?)\n```/.exec(page)?.[1] ?? '';
  const shown = /```text fence\n([\s\S]*?)\n```/.exec(page)?.[1];
  expect(engine.render({ text, origin }, { values, untrusted: new Set(['scan']) }, 'prompt')).toBe(shown);
});
