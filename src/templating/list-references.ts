import type { TemplateReference, TemplateSource } from '../domain/template.ts';
import { locate } from './locate.ts';
import {
  type Block,
  type Call,
  type Expression,
  helperName,
  isHelperCall,
  isScoped,
  type Path,
  type Program,
} from './syntax-tree.ts';

/** `undefined`: the value is computed, so nothing is known of what is below it. */
type Names = readonly string[] | undefined;

interface NameFrame {
  readonly context: Names;
  readonly parent?: NameFrame;
  readonly blockParams: ReadonlyMap<string, Names>;
}

/** An item of a list or a member of an object, in the path of a reference. */
export const anyMember = '*';

/**
 * What the template takes from outside, as paths from its top-level names: block parameters, `this` and `../` are
 * resolved, `@index` and its like left out, and an item of `{{#each scan.files}}` is `scan.files.*`.
 */
export function listReferences(program: Program, template: TemplateSource): TemplateReference[] {
  const references: TemplateReference[] = [];
  const found = (path: Path, names: Names) => {
    if (names && names.length > 0)
      references.push({ path: names, location: locate(template, path.loc.start) });
  };
  walkProgram(program, { context: [], blockParams: new Map() }, found);
  return references;
}

type Found = (path: Path, names: Names) => void;

function walkProgram(program: Program | undefined, frame: NameFrame, found: Found): void {
  for (const statement of program?.body ?? []) {
    if (statement.type === 'MustacheStatement') walkCall(statement, frame, found);
    if (statement.type === 'BlockStatement') walkBlock(statement, frame, found);
  }
}

function walkBlock(block: Block, frame: NameFrame, found: Found): void {
  const [subject] = block.params;
  const names = subject && walkExpression(subject, frame, found);
  const isLoop = block.path.original === 'each';
  const opensFrame = isLoop || block.path.original === 'with';
  const context = isLoop ? names && [...names, anyMember] : names;
  const [itemName, keyName] = block.program?.blockParams ?? [];
  const blockParams = new Map<string, Names>();
  if (itemName !== undefined) blockParams.set(itemName, context);
  if (keyName !== undefined) blockParams.set(keyName, undefined);
  walkProgram(block.program, opensFrame ? { context, parent: frame, blockParams } : frame, found);
  walkProgram(block.inverse, frame, found);
}

function walkCall(call: Call, frame: NameFrame, found: Found): Names {
  if (!isHelperCall(call)) return walkExpression(call.path, frame, found);
  const values = call.params.map((param) => walkExpression(param, frame, found));
  for (const pair of call.hash?.pairs ?? []) walkExpression(pair.value, frame, found);
  return helperName(call) === 'lookup' ? lookedUp(values[0], call.params[1]) : undefined;
}

// `lookup files 0` is as good as `files.0`; with a computed key it is some member of it.
function lookedUp(holder: Names, key: Expression | undefined): Names {
  const isLiteral = key?.type === 'StringLiteral' || key?.type === 'NumberLiteral';
  return holder && [...holder, isLiteral ? String(key.value) : anyMember];
}

function walkExpression(expression: Expression, frame: NameFrame, found: Found): Names {
  if (expression.type === 'SubExpression') return walkCall(expression, frame, found);
  if (expression.type !== 'PathExpression') return undefined;
  const names = resolveNames(expression, frame);
  found(expression, names);
  return names;
}

function resolveNames(path: Path, frame: NameFrame): Names {
  if (path.data) return path.parts[0] === 'root' ? path.parts.slice(1) : undefined;
  const [first = '', ...rest] = path.parts;
  if (path.depth === 0 && !isScoped(path)) {
    const holder = frameWith(frame, first);
    if (holder) return extend(holder.blockParams.get(first), rest);
  }
  let current: NameFrame | undefined = frame;
  for (let step = 0; step < path.depth; step++) current = current?.parent;
  return extend(current?.context, path.parts);
}

function frameWith(frame: NameFrame, name: string): NameFrame | undefined {
  let current: NameFrame | undefined = frame;
  while (current && !current.blockParams.has(name)) current = current.parent;
  return current;
}

function extend(names: Names, rest: readonly string[]): Names {
  return names && [...names, ...rest];
}
