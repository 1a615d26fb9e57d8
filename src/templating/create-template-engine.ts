import { type TemplateSource, withBraces } from '../domain/template.ts';
import type { TemplateEngine, TemplateScope } from '../ports/template-engine.ts';
import { evaluateCall } from './evaluate-expression.ts';
import { fenceNotice, hasFence } from './fence.ts';
import { listReferences } from './list-references.ts';
import { createParser } from './parse-template.ts';
import { renderProgram } from './render-program.ts';
import { createRoot } from './scope.ts';
import type { Mustache, Program } from './syntax-tree.ts';

/**
 * Handlebars' language, parsed by Handlebars and evaluated here: a compiled Handlebars template only gives text,
 * and knows neither where a missing name stands in its file nor which values came from a tool.
 */
export function createTemplateEngine(): TemplateEngine {
  const parse = createParser();

  function render(template: TemplateSource, scope: TemplateScope, mode: 'prompt' | 'plain'): string {
    if (!template.text.includes('{{')) return template.text;
    return renderProgram(parse(template), contextOf(template, scope, mode));
  }

  function evaluate(expression: TemplateSource, scope: TemplateScope): unknown {
    const template = withBraces(expression);
    const single = singleMustache(parse(template));
    if (!single) return render(template, scope, 'plain');
    return evaluateCall(single, contextOf(template, scope, 'plain')).value;
  }

  return {
    render,
    evaluate,
    references: (template) => listReferences(parse(template), template),
    fenceNotice,
    hasFence,
  };
}

function contextOf(template: TemplateSource, scope: TemplateScope, mode: 'prompt' | 'plain') {
  const root = createRoot(scope);
  return { root, frame: root.frame, template, mode };
}

function singleMustache(program: Program): Mustache | undefined {
  const parts = program.body.filter(
    (statement) => !(statement.type === 'ContentStatement' && statement.value.trim() === ''),
  );
  const [only] = parts;
  return parts.length === 1 && only?.type === 'MustacheStatement' ? only : undefined;
}
