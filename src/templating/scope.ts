import type { Json } from '../domain/json.ts';
import type { TemplateScope } from '../ports/template-engine.ts';

/** A value on its way into a text, and whether a tool or a model had a hand in it. `undefined` is "not there". */
export interface Traced {
  readonly value: Json | undefined;
  readonly untrusted: boolean;
}

export const trusted = (value: Json | undefined): Traced => ({ value, untrusted: false });

/** Where names are looked up: one frame for the whole template, and one more inside each #each and #with. */
export interface Frame {
  readonly context: Traced;
  readonly parent?: Frame;
  /** `as |item index|` */
  readonly blockParams: ReadonlyMap<string, Traced>;
  /** `@index`, `@key`, `@first`, `@last`: those of the loop around, if there is one. */
  readonly loop?: Loop;
}

export interface Loop {
  readonly names: ReadonlyMap<string, Traced>;
  readonly outer?: Loop;
}

/** The top-level names are trusted or not one by one; everything below them inherits. */
export interface Root {
  readonly frame: Frame;
  readonly untrusted: ReadonlySet<string>;
}

export function createRoot(scope: TemplateScope): Root {
  return { frame: { context: trusted(scope.values), blockParams: new Map() }, untrusted: scope.untrusted };
}

/**
 * Own properties only: names come from models and vendors too, and `constructor` or `__proto__` must not reach
 * what every object inherits.
 */
export function ownMember(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as { readonly [key: string]: Json | undefined })[name];
}

/** What could have been written in place of a name that is not there. */
export function memberNames(value: Json | undefined): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [name]));
}
