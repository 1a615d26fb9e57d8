import type { TemplateSource } from '../domain/template.ts';
import { nearest, TemplateError } from '../errors/index.ts';
import { findHelper, helperNames } from './helpers/all.ts';
import type { Helper } from './helpers/helper.ts';
import { locate } from './locate.ts';
import {
  type Block,
  blockNames,
  type Call,
  type Expression,
  helperName,
  isHelperCall,
  type Program,
  type Statement,
} from './syntax-tree.ts';

/**
 * Refuses, when the template is parsed, what could only fail when it is rendered: unknown helpers and blocks,
 * partials and decorators, and helpers with too few or too many arguments. A prompt in a branch that is rarely taken is checked like the rest.
 */
export function checkConstructs(program: Program, template: TemplateSource): void {
  for (const statement of program.body) checkStatement(statement, template);
}

function checkStatement(statement: Statement, template: TemplateSource): void {
  if (statement.type === 'ContentStatement' || statement.type === 'CommentStatement') return;
  if (statement.type === 'BlockStatement') {
    checkBlock(statement, template);
  } else if (statement.type === 'MustacheStatement') {
    if (isHelperCall(statement)) checkHelper(statement, template);
    checkArguments(statement, template);
  } else {
    throw new TemplateError({
      code: 'TEMPLATE_SYNTAX',
      message: 'Partials and decorators ({{> name}}, {{* name}}) are not supported.',
      hint: 'Write the text out, or put it into a param.',
      location: locate(template, statement.loc.start),
    });
  }
}

function checkBlock(block: Block, template: TemplateSource): void {
  const name = block.path.original;
  if (!(blockNames as readonly string[]).includes(name)) throw unknownBlock(block, template);
  if (block.params.length !== 1) {
    throw new TemplateError({
      code: 'TEMPLATE_HELPER',
      message: `{{#${name}}} takes one value, not ${block.params.length}.`,
      hint: `Put a helper call into parentheses: {{#${name} (eq a b)}}.`,
      location: locate(template, block.loc.start),
    });
  }
  checkArguments(block, template);
  if (block.program) checkConstructs(block.program, template);
  if (block.inverse) checkConstructs(block.inverse, template);
}

function unknownBlock(block: Block, template: TemplateSource): TemplateError {
  const name = block.path.original;
  const near = nearest(name, blockNames)[0];
  const isHelper = helperNames.includes(name);
  return new TemplateError({
    code: 'TEMPLATE_SYNTAX',
    message: isHelper ? `"${name}" is a helper and no block.` : `There is no block {{#${name}}}.`,
    hint: isHelper
      ? `Write {{#if (${name} …)}}.`
      : `${near ? `Did you mean {{#${near}}}? ` : ''}Blocks: ${blockNames.join(', ')}. For a list write {{#each ${name}}}.`,
    location: locate(template, block.path.loc.start),
  });
}

function checkHelper(call: Call, template: TemplateSource): void {
  const name = helperName(call);
  const helper = findHelper(name);
  if (helper) {
    checkUse(helper, call, template);
    return;
  }
  const near = nearest(name, helperNames);
  throw new TemplateError({
    code: 'TEMPLATE_SYNTAX',
    message: `There is no helper "${name}".`,
    hint: `${near.length > 0 ? `Did you mean "${near[0]}"? ` : ''}Helpers: ${helperNames.join(', ')}.`,
    location: locate(template, call.path.loc.start),
    details: { name, helpers: [...helperNames] },
  });
}

function checkUse(helper: Helper, call: Call, template: TemplateSource): void {
  const { minArguments: min, maxArguments: max, options = [], usage } = helper;
  const count = call.params.length;
  const wanted = min === max ? `${min}` : `${min} to ${max}`;
  const unknown = call.hash?.pairs.find((pair) => !options.includes(pair.key));
  const isCounted = count >= min && count <= max;
  if (isCounted && !unknown) return;
  const what = isCounted ? `has no option "${unknown?.key}"` : `takes ${wanted} arguments, not ${count}`;
  throw new TemplateError({
    code: 'TEMPLATE_HELPER',
    message: `Helper "${helperName(call)}" ${what}.`,
    hint: `It is written {{${usage}}}.`,
    location: locate(template, call.path.loc.start),
    details: { helper: helperName(call) },
  });
}

function checkArguments(call: Call, template: TemplateSource): void {
  for (const param of call.params) checkExpression(param, template);
  for (const pair of call.hash?.pairs ?? []) checkExpression(pair.value, template);
}

function checkExpression(expression: Expression, template: TemplateSource): void {
  if (expression.type !== 'SubExpression') return;
  checkHelper(expression, template);
  checkArguments(expression, template);
}
