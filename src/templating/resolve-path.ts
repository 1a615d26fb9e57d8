import type { TemplateSource } from '../domain/template.ts';
import { nearest, TemplateError } from '../errors/index.ts';
import { locate } from './locate.ts';
import { type Frame, type Loop, memberNames, ownMember, type Root, type Traced } from './scope.ts';
import { isScoped, type Path } from './syntax-tree.ts';

/**
 * How much of a path may be absent.
 * `none` everything must be there; `last` the last name may be absent when the value it belongs to is there
 * (`#if`, `and`, `or`, `not`); `below-top` everything but the first name (`default`).
 */
export type MayBeAbsent = 'none' | 'last' | 'below-top';

export interface PathContext {
  readonly root: Root;
  readonly frame: Frame;
  readonly template: TemplateSource;
}

export function resolvePath(path: Path, context: PathContext, mayBeAbsent: MayBeAbsent): Traced {
  const start = startOf(path, context);
  let current = start.value;
  // `{{ this }}` at the top is everything: untrusted as soon as one part of it is.
  if (start.isTopLevel && start.rest.length === 0)
    return { ...current, untrusted: context.root.untrusted.size > 0 };
  for (const [index, name] of start.rest.entries()) {
    const value = ownMember(current.value, name);
    const isTop = start.isTopLevel && index === 0;
    if (value === undefined) {
      if (!isTop && permits(mayBeAbsent, index === start.rest.length - 1)) {
        return { value: undefined, untrusted: current.untrusted };
      }
      throw missing({ path, name, holder: current, isTop, context });
    }
    current = { value, untrusted: current.untrusted || (isTop && context.root.untrusted.has(name)) };
  }
  return current;
}

function permits(mayBeAbsent: MayBeAbsent, isLast: boolean): boolean {
  return mayBeAbsent === 'below-top' || (mayBeAbsent === 'last' && isLast);
}

interface Start {
  readonly value: Traced;
  readonly rest: readonly string[];
  /** The next name is one of the template's top-level names. */
  readonly isTopLevel: boolean;
}

function startOf(path: Path, context: PathContext): Start {
  if (path.data) return startOfLoopName(path, context);
  const [first = '', ...rest] = path.parts;
  if (path.depth === 0 && !isScoped(path)) {
    const bound = blockParam(context.frame, first);
    if (bound) return { value: bound, rest, isTopLevel: false };
  }
  const frame = ancestor(path, context);
  return { value: frame.context, rest: path.parts, isTopLevel: frame === context.root.frame };
}

function blockParam(frame: Frame | undefined, name: string): Traced | undefined {
  for (let current = frame; current; current = current.parent) {
    const bound = current.blockParams.get(name);
    if (bound) return bound;
  }
  return undefined;
}

function ancestor(path: Path, context: PathContext): Frame {
  let frame = context.frame;
  for (let step = 0; step < path.depth; step++) {
    if (!frame.parent) {
      throw new TemplateError({
        code: 'TEMPLATE_MISSING_VALUE',
        message: `"${path.original}" goes up further than there are blocks around it.`,
        hint: 'Every #each and #with is one level; #if and #unless are none.',
        location: locate(context.template, path.loc.start),
      });
    }
    frame = frame.parent;
  }
  return frame;
}

function startOfLoopName(path: Path, context: PathContext): Start {
  const [name = '', ...rest] = path.parts;
  if (name === 'root') return { value: context.root.frame.context, rest, isTopLevel: true };
  let loop: Loop | undefined = context.frame.loop;
  for (let step = 0; step < path.depth; step++) loop = loop?.outer;
  const value = loop?.names.get(name);
  if (value) return { value, rest, isTopLevel: false };
  throw new TemplateError({
    code: 'TEMPLATE_MISSING_VALUE',
    message: `"${path.original.startsWith('@') ? '' : '@'}${path.original}" has no value here.`,
    hint: loop
      ? `Here there are: ${[...loop.names.keys()].map((known) => `@${known}`).join(', ')}, @root.`
      : '@index, @key, @first and @last exist inside {{#each}}; @root everywhere.',
    location: locate(context.template, path.loc.start),
  });
}

interface Missing {
  readonly path: Path;
  readonly name: string;
  readonly holder: Traced;
  readonly isTop: boolean;
  readonly context: PathContext;
}

function missing(what: Missing): TemplateError {
  const { path, name, holder, context } = what;
  const available = memberNames(holder.value);
  return new TemplateError({
    code: 'TEMPLATE_MISSING_VALUE',
    message: sentence(what),
    hint: hintFor(what, available),
    location: locate(context.template, path.loc.start),
    details: { path: path.original, name, available: available.slice(0, maxListed) },
  });
}

function sentence({ path, name, holder }: Missing): string {
  const whole = path.original === name ? `"${name}"` : `"${name}" in "${path.original}"`;
  if (holder.value === null || typeof holder.value !== 'object') {
    const kind = holder.value === null ? 'null' : `a ${typeof holder.value}`;
    return `There is no ${whole}: what it belongs to is ${kind}.`;
  }
  if (Array.isArray(holder.value)) return `There is no ${whole}: the list has ${holder.value.length} items.`;
  return `There is no ${whole}.`;
}

const maxListed = 12;

function hintFor({ path, name, holder, context }: Missing, available: readonly string[]): string {
  const near = nearest(name, available)[0];
  if (near) return `Did you mean "${near}"? Available there: ${list(available)}.`;
  const outer = outerWith(context.frame.parent, path.parts[0] ?? '');
  if (outer > 0 && path.parts[0] === name) {
    return `Inside #each and #with names belong to the item: write "${'../'.repeat(outer)}${path.original}".`;
  }
  if (Array.isArray(holder.value)) return 'Items are counted from 0; {{#each}} goes through all of them.';
  return available.length > 0
    ? `Available there: ${list(available)}.`
    : 'Nothing is available there; {{#if}} asks whether a value is there, {{default value "…"}} replaces it.';
}

function outerWith(frame: Frame | undefined, name: string): number {
  let levels = 1;
  for (let current = frame; current; current = current.parent, levels++) {
    if (ownMember(current.context.value, name) !== undefined) return levels;
  }
  return 0;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, maxListed).join(', ');
  return names.length > maxListed ? `${shown}, … (${names.length})` : shown;
}
