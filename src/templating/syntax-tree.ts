/** The part of Handlebars' syntax tree that is used here. Positions: `line` from 1, `column` from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

interface Located {
  readonly loc: { readonly start: Position; readonly end: Position };
}

export interface Program {
  readonly type: 'Program';
  readonly body: readonly Statement[];
  readonly blockParams?: readonly string[];
}

export type Statement = Content | Comment | Mustache | Block | Unsupported;

export interface Content extends Located {
  readonly type: 'ContentStatement';
  readonly value: string;
}

interface Comment extends Located {
  readonly type: 'CommentStatement';
}

interface Unsupported extends Located {
  readonly type: 'PartialStatement' | 'PartialBlockStatement' | 'Decorator' | 'DecoratorBlock';
}

/** What a mustache, a block and a sub-expression have in common: a name and what it is applied to. */
export interface Call extends Located {
  readonly path: Path | Literal;
  readonly params: readonly Expression[];
  readonly hash?: { readonly pairs: readonly HashPair[] };
}

export interface HashPair extends Located {
  readonly key: string;
  readonly value: Expression;
}

export interface Mustache extends Call {
  readonly type: 'MustacheStatement';
}

export interface Block extends Call {
  readonly type: 'BlockStatement';
  readonly path: Path;
  readonly program?: Program;
  readonly inverse?: Program;
}

export interface SubExpression extends Call {
  readonly type: 'SubExpression';
}

export type Expression = Path | Literal | SubExpression;

export interface Path extends Located {
  readonly type: 'PathExpression';
  /** `@index`: the name is one of the loop's own. */
  readonly data: boolean;
  /** How many `../` stand before it. */
  readonly depth: number;
  readonly parts: readonly string[];
  readonly original: string;
}

export interface Literal extends Located {
  readonly type: 'StringLiteral' | 'NumberLiteral' | 'BooleanLiteral' | 'NullLiteral' | 'UndefinedLiteral';
  readonly value?: string | number | boolean | null;
}

export const blockNames = ['if', 'unless', 'each', 'with'] as const;
export type BlockName = (typeof blockNames)[number];

/** `{{ name }}` alone is a value even when a helper has that name: every helper needs an argument. */
export function isHelperCall(call: Call): boolean {
  return call.params.length > 0 || (call.hash?.pairs.length ?? 0) > 0;
}

export function helperName(call: Call): string {
  return call.path.type === 'PathExpression' ? call.path.original : String(call.path.value);
}

/** `this.x` and `./x` never mean a block parameter. */
export function isScoped(path: Path): boolean {
  return /^\.|^this\b/.test(path.original);
}
