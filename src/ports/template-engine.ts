import type { JsonObject } from '../domain/json.ts';
import type { TemplateReference, TemplateSource } from '../domain/template.ts';

export interface TemplateScope {
  readonly values: JsonObject;
  /**
   * Top-level names whose values a tool or a model had a hand in. In `prompt` mode what is rendered from them is
   * fenced as data, because a vendor's file may hold instructions.
   */
  readonly untrusted: ReadonlySet<string>;
}

export interface TemplateEngine {
  /**
   * `prompt` mode fences untrusted values; `plain` mode (tool arguments, sub-workflow parameters) never does.
   * Objects and arrays render as canonical JSON. Throws TemplateError with file:line:column.
   */
  render(template: TemplateSource, scope: TemplateScope, mode: 'prompt' | 'plain'): string;
  /** The value of an expression, with or without `{{ }}` around it. A template that is no single expression renders. */
  evaluate(expression: TemplateSource, scope: TemplateScope): unknown;
  /** What the template refers to from outside itself: block parameters and `this` are resolved. */
  references(template: TemplateSource): TemplateReference[];
  /** The sentence that tells the model what the fences mean. Part of a prompt whenever a fence is in it. */
  readonly fenceNotice: string;
  /** True when the rendered text holds a fence. */
  hasFence(text: string): boolean;
}
