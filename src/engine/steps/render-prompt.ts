import type { LoadedPrompt } from '../../domain/loaded-workflow.ts';
import type { Message } from '../../domain/message.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { TemplateScope } from '../../ports/template-engine.ts';
import type { EngineServices } from '../runs/services.ts';
import { describeIssues } from '../turns/describe-issues.ts';

/**
 * The first messages of a conversation. When anything in them is fenced as data, the model is told what the fences
 * mean, in the system message: a fence that nobody explained protects from nothing.
 */
export function renderPrompt(
  services: EngineServices,
  prompt: LoadedPrompt,
  scope: TemplateScope,
): Message[] {
  const full = { ...scope, values: { ...prompt.defaults, ...scope.values } };
  requireInput(services, prompt, full);
  const rendered = prompt.messages.map(({ role, template }) => ({
    role,
    text: services.templates.render(template, full, 'prompt').trim(),
  }));
  const fenced = rendered.some(({ text }) => services.templates.hasFence(text));
  return withNotice(rendered, fenced ? services.templates.fenceNotice : undefined).map(toMessage);
}

interface RenderedMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly text: string;
}

function withNotice(messages: readonly RenderedMessage[], notice: string | undefined): RenderedMessage[] {
  if (notice === undefined) return [...messages];
  const [first, ...rest] = messages;
  if (first?.role === 'system') return [{ role: 'system', text: `${first.text}\n\n${notice}` }, ...rest];
  return [{ role: 'system', text: notice }, ...messages];
}

function toMessage({ role, text }: RenderedMessage): Message {
  if (role === 'system') return { role, text };
  if (role === 'assistant') return { role, parts: [{ type: 'text', text }] };
  return { role, content: [{ type: 'text', text }] };
}

function requireInput(services: EngineServices, prompt: LoadedPrompt, scope: TemplateScope): void {
  if (!prompt.input) return;
  const declared = Object.keys(prompt.input.schema['properties'] ?? {});
  const values = Object.fromEntries(declared.map((name) => [name, scope.values[name]]));
  const [issue] = services.schemas.compile(prompt.input.schema).validate(dropUndefined(values));
  if (!issue) return;
  throw new DefinitionError({
    code: 'PARAM_INVALID',
    message: `The prompt's input does not fit ${prompt.input.source}: ${describeIssues([issue], '(input)').join('')}`,
    hint: 'Give the value as a parameter or a step of that name, or change input.schema.',
  });
}

function dropUndefined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
