import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';
import type { Json } from '../../domain/json.ts';
import type { ContentPart } from '../../domain/message.ts';
import type { ToolOutput } from '../../domain/tool.ts';
import type { Scrub } from '../../ports/environment.ts';
import type { CompiledSchema } from '../../ports/schema-validator.ts';
import { failedOutput } from '../tool-output.ts';

interface ResultRules {
  readonly scrub: Scrub;
  /** The check of the tool's `outputSchema`, when it has one. */
  readonly outputCheck?: CompiledSchema | undefined;
}

/** An MCP result in our words. A result that breaks the tool's own schema is a failed one. */
export function toolOutputOf(result: CallToolResult, rules: ResultRules): ToolOutput {
  const isError = result.isError === true;
  const structured = scrubJson(result.structuredContent as Json | undefined, rules.scrub);
  const complaint = isError ? undefined : complaintAbout(structured, rules.outputCheck);
  if (complaint !== undefined) return failedOutput(complaint);
  const content = result.content.flatMap(partsOf).map((part) => scrubPart(part, rules.scrub));
  if (structured === undefined) return { content, isError };
  // The model is shown `content`; a server that gave only the structure must not look silent.
  const shown = content.length > 0 ? content : [{ type: 'text' as const, text: JSON.stringify(structured) }];
  return { content: shown, structured, isError };
}

function complaintAbout(structured: Json | undefined, check: CompiledSchema | undefined): string | undefined {
  if (!check || structured === undefined) return undefined;
  const issues = check.validate(structured);
  if (issues.length === 0) return undefined;
  const list = issues.map(({ path, message }) => `- ${path || 'the result'} ${message}`).join('\n');
  return `The tool's result does not match its own output schema:\n${list}`;
}

function partsOf(block: ContentBlock): ContentPart[] {
  switch (block.type) {
    case 'text':
      return [{ type: 'text', text: block.text }];
    case 'image':
    case 'audio':
      return [{ type: 'media', mediaType: block.mimeType, dataBase64: block.data }];
    case 'resource_link':
      return [{ type: 'text', text: linkText(block) }];
    case 'resource':
      return resourceParts(block.resource);
  }
}

function linkText(link: Extract<ContentBlock, { type: 'resource_link' }>): string {
  const kind = link.mimeType ? ` (${link.mimeType})` : '';
  const about = link.description ? `: ${link.description}` : '';
  return `Resource ${link.name} <${link.uri}>${kind}${about}`;
}

type Resource = Extract<ContentBlock, { type: 'resource' }>['resource'];

function resourceParts(resource: Resource): ContentPart[] {
  const kind = resource.mimeType ?? 'unknown type';
  if ('text' in resource) return [{ type: 'text', text: `Resource <${resource.uri}>:\n${resource.text}` }];
  const bytes = Math.floor((resource.blob.length * 3) / 4);
  const note = { type: 'text', text: `Resource <${resource.uri}> (${kind}, ${bytes} bytes)` } as const;
  // No provider takes other kinds as a part of a message: one of those would end the run.
  if (!/^(image|audio)\/|^application\/pdf$/.test(kind)) return [note];
  return [note, { type: 'media', mediaType: kind, dataBase64: resource.blob }];
}

function scrubPart(part: ContentPart, scrub: Scrub): ContentPart {
  return part.type === 'text' ? { ...part, text: scrub(part.text) } : part;
}

/** Keys stay: a secret that is a key would be a name, and schemas refer to names. */
function scrubJson<T extends Json | undefined>(value: T, scrub: Scrub): T {
  if (value === undefined) return value;
  const text = JSON.stringify(value);
  // Most results hold no secret; then nothing is copied.
  if (scrub(text) === text) return value;
  return JSON.parse(text, (_key, inner) => (typeof inner === 'string' ? scrub(inner) : inner));
}
