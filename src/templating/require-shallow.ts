import type { TemplateSource } from '../domain/template.ts';
import { TemplateError } from '../errors/index.ts';
import { locate } from './locate.ts';

/** No template that a person wrote comes near this. */
const deepest = 100;

/**
 * Refuses blocks and parentheses nested beyond reason before they are parsed: the parser takes minutes for ten
 * thousand of them, and whatever walks the tree calls itself once per level.
 */
export function requireShallow(template: TemplateSource): void {
  let blocks = 0;
  for (const { 0: mustache, index } of template.text.matchAll(/\{\{[\s\S]*?\}\}/g)) {
    if (/^\{\{~?(#|\^\s*[^\s~}])/.test(mustache)) blocks += 1;
    if (/^\{\{~?\//.test(mustache)) blocks -= 1;
    if (blocks > deepest || openParentheses(mustache) > deepest) throw tooDeep(template, index);
  }
}

function openParentheses(mustache: string): number {
  let open = 0;
  let most = 0;
  for (const character of mustache) {
    if (character === '(') most = Math.max(most, ++open);
    if (character === ')') open -= 1;
  }
  return most;
}

function tooDeep(template: TemplateSource, index: number): TemplateError {
  const before = template.text.slice(0, index).split('\n');
  return new TemplateError({
    code: 'TEMPLATE_SYNTAX',
    message: `The template is nested too deeply: more than ${deepest} blocks or parentheses are open here.`,
    hint: 'Write it in fewer levels.',
    location: locate(template, { line: before.length, column: before.at(-1)?.length ?? 0 }),
  });
}
