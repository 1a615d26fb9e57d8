import { createRequire } from 'node:module';
import type { TemplateSource } from '../domain/template.ts';
import { messageOf, TemplateError } from '../errors/index.ts';
import { checkConstructs } from './check-constructs.ts';
import { explainSyntaxError } from './explain-syntax-error.ts';
import { locate } from './locate.ts';
import { requireShallow } from './require-shallow.ts';
import type { Program } from './syntax-tree.ts';

interface HandlebarsParser {
  parse(text: string): Program;
}

const maxCached = 1000;
let parser: HandlebarsParser | undefined;

/** Parsed templates by their text: a template that stands in two files is parsed once. */
export function createParser(): (template: TemplateSource) => Program {
  const cache = new Map<string, Program>();
  return (template) => {
    const cached = cache.get(template.text);
    if (cached) return cached;
    requireShallow(template);
    const program = parse(template);
    checkConstructs(program, template);
    // A program that makes templates as it goes would grow the cache for ever.
    if (cache.size >= maxCached) cache.clear();
    cache.set(template.text, program);
    return program;
  };
}

function parse(template: TemplateSource): Program {
  try {
    return loadParser().parse(template.text);
  } catch (cause) {
    const { message, hint, position } = explainSyntaxError(messageOf(cause), template.text);
    throw new TemplateError({
      code: 'TEMPLATE_SYNTAX',
      message,
      hint,
      location: locate(template, position),
      cause,
    });
  }
}

// Handlebars is loaded by the first template, and only its parser: starting the program must not pay for it.
function loadParser(): HandlebarsParser {
  parser ??= createRequire(import.meta.url)(
    'handlebars/dist/cjs/handlebars/compiler/base.js',
  ) as HandlebarsParser;
  return parser;
}
