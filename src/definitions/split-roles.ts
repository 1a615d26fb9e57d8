import type { PromptMessage } from '../domain/loaded-workflow.ts';
import type { SourceLocation } from '../domain/source-location.ts';
import { placeInTemplate, sliceTemplate, type TemplateSource } from '../domain/template.ts';
import { DefinitionError, nearest } from '../errors/index.ts';

const roles = { system: 'system', user: 'user', model: 'assistant', assistant: 'assistant' } as const;
type Role = (typeof roles)[keyof typeof roles];

// Comments and escaped mustaches are matched so that a marker inside them is none.
const markerPattern =
  /\{\{~?!--[\s\S]*?--~?\}\}|\{\{~?![\s\S]*?\}\}|\\\{\{|\{\{~?\s*(role|history|media|section)\b([^}]*)\}\}/g;

/**
 * Dotprompt's messages: `{{role "system"}}` begins a message, what stands before the first marker is the user's.
 * Messages of white space only are left out. Throws DefinitionError for markers that have no meaning here.
 */
export function splitRoles(source: TemplateSource): PromptMessage[] {
  const messages: PromptMessage[] = [];
  let role: Role = 'user';
  let begin = 0;
  const close = (end: number) => {
    const template = trimmedPart(source, begin, end);
    if (template) messages.push({ role, template });
  };
  for (const match of source.text.matchAll(markerPattern)) {
    const [whole, marker, argument = ''] = match;
    if (marker === undefined) continue;
    const next = roleOf({ marker, argument, location: placeInTemplate(source, match.index) });
    close(match.index);
    role = next;
    begin = match.index + whole.length;
  }
  close(source.text.length);
  if (messages.length > 0) return messages;
  throw new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: 'The prompt is empty.',
    hint: 'Write what the model is to do.',
    location: source.origin,
  });
}

function roleOf(marker: {
  readonly marker: string;
  readonly argument: string;
  readonly location: SourceLocation;
}): Role {
  if (marker.marker !== 'role') throw unsupported(marker.marker, marker.location);
  const name = /^\s*(?:"([^"]*)"|'([^']*)')\s*~?$/.exec(marker.argument);
  const role = name?.[1] ?? name?.[2] ?? '';
  if (Object.hasOwn(roles, role)) return roles[role as keyof typeof roles];
  const near = nearest(role, Object.keys(roles))[0];
  throw new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: name ? `There is no role "${role}".` : 'A role is written {{role "system"}}.',
    hint: near ? `Did you mean "${near}"?` : `Roles: system, user, model.`,
    location: marker.location,
  });
}

function unsupported(marker: string, location: SourceLocation): DefinitionError {
  const hints: Readonly<Record<string, string>> = {
    history: 'Each step begins a new conversation; hand on what a step found with {{ step.response }}.',
    media: 'Let the model read the file with a tool.',
    section: 'Write the text out.',
  };
  return new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `{{${marker}}} is part of Dotprompt that is not supported.`,
    ...(hints[marker] && { hint: hints[marker] }),
    location,
  });
}

/** The part of a template without the white space around it; undefined when there is nothing else. */
function trimmedPart(source: TemplateSource, begin: number, end: number): TemplateSource | undefined {
  const part = source.text.slice(begin, end);
  if (part.trim() === '') return undefined;
  return sliceTemplate(source, begin + part.length - part.trimStart().length, begin + part.trimEnd().length);
}
