import type { OutputFormat } from '../../domain/model.ts';

/** The contract as a sentence, for servers that cannot hold a model to a schema. The answer is validated alike. */
export function schemaInWords(output: OutputFormat): string {
  return [
    'Your final answer must be one JSON value and nothing else: no explanation, no Markdown fence.',
    `It must satisfy this JSON Schema (${output.name}):`,
    JSON.stringify(output.schema),
  ].join('\n');
}
