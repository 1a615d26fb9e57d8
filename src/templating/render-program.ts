import { canonicalJson } from '../domain/canonical-json.ts';
import type { Json } from '../domain/json.ts';
import type { TemplateSource } from '../domain/template.ts';
import { TemplateError } from '../errors/index.ts';
import { evaluateCall, evaluateExpression } from './evaluate-expression.ts';
import { fence } from './fence.ts';
import { isTruthy, kindOf } from './helpers/helper.ts';
import { locate } from './locate.ts';
import type { PathContext } from './resolve-path.ts';
import { type Frame, type Loop, type Traced, trusted } from './scope.ts';
import type { Block, Program, Statement } from './syntax-tree.ts';

export interface RenderContext extends PathContext {
  readonly template: TemplateSource;
  readonly mode: 'prompt' | 'plain';
}

/** The text of a parsed template. Every path in it must have a value. */
export function renderProgram(program: Program | undefined, context: RenderContext): string {
  let text = '';
  for (const statement of program?.body ?? []) text += renderStatement(statement, context);
  return text;
}

function renderStatement(statement: Statement, context: RenderContext): string {
  if (statement.type === 'ContentStatement') return statement.value;
  if (statement.type === 'MustacheStatement') return print(evaluateCall(statement, context), context.mode);
  if (statement.type === 'BlockStatement') return renderBlock(statement, context);
  return '';
}

function print({ value = null, untrusted }: Traced, mode: RenderContext['mode']): string {
  const text = typeof value === 'string' ? value : canonicalJson(value);
  const mayHoldInstructions = typeof value === 'string' || (typeof value === 'object' && value !== null);
  return untrusted && mode === 'prompt' && mayHoldInstructions ? fence(text) : text;
}

function renderBlock(block: Block, context: RenderContext): string {
  const [subject] = block.params;
  if (!subject) return '';
  const name = block.path.original;
  const isCondition = name === 'if' || name === 'unless';
  const value = evaluateExpression(subject, context, isCondition ? 'last' : 'none');
  if (isCondition) {
    const holds = isTruthy(value.value) === (name === 'if');
    return renderProgram(holds ? block.program : block.inverse, context);
  }
  return name === 'each' ? renderEach(block, value, context) : renderWith(block, value, context);
}

function renderWith(block: Block, value: Traced, context: RenderContext): string {
  if (!isTruthy(value.value) && value.value !== 0) return renderProgram(block.inverse, context);
  const [name] = block.program?.blockParams ?? [];
  const blockParams = new Map(name === undefined ? [] : [[name, value]]);
  return renderProgram(block.program, { ...context, frame: inner(context.frame, value, blockParams) });
}

function renderEach(block: Block, list: Traced, context: RenderContext): string {
  const entries = entriesOf(block, list, context);
  if (entries.length === 0) return renderProgram(block.inverse, context);
  return entries.map((entry) => renderProgram(block.program, itemContext(block, entry, context))).join('');
}

interface Entry {
  readonly item: Traced;
  readonly key: Traced;
  readonly index: number;
  readonly count: number;
}

function entriesOf(block: Block, { value, untrusted }: Traced, context: RenderContext): Entry[] {
  if (value === null) return [];
  if (Array.isArray(value)) {
    return value.map((item: Json, index) => ({
      item: { value: item, untrusted },
      key: trusted(index),
      index,
      count: value.length,
    }));
  }
  if (typeof value === 'object') {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return members.map(([key, member], index) => ({
      item: { value: member, untrusted },
      key: { value: key, untrusted },
      index,
      count: members.length,
    }));
  }
  throw new TemplateError({
    code: 'TEMPLATE_HELPER',
    message: `{{#each}} goes through a list or an object, not ${kindOf(value)}.`,
    location: locate(context.template, (block.params[0] ?? block).loc.start),
  });
}

function itemContext(block: Block, entry: Entry, context: RenderContext): RenderContext {
  const [itemName, keyName] = block.program?.blockParams ?? [];
  const blockParams = new Map<string, Traced>();
  if (itemName !== undefined) blockParams.set(itemName, entry.item);
  if (keyName !== undefined) blockParams.set(keyName, entry.key);
  const names = new Map([
    ['index', trusted(entry.index)],
    ['key', entry.key],
    ['first', trusted(entry.index === 0)],
    ['last', trusted(entry.index === entry.count - 1)],
  ]);
  const outer = context.frame.loop;
  const loop: Loop = { names, ...(outer && { outer }) };
  return { ...context, frame: { ...inner(context.frame, entry.item, blockParams), loop } };
}

function inner(parent: Frame, value: Traced, blockParams: ReadonlyMap<string, Traced>): Frame {
  return { context: value, parent, blockParams, ...(parent.loop && { loop: parent.loop }) };
}
