import { z } from 'zod';
import type { JsonObject } from '../../../domain/json.ts';
import { DefinitionError } from '../../../errors/index.ts';
import { readYaml } from '../../../metadata/read-yaml.ts';
import type { CatalogDocument } from '../backend.ts';
import { digestOf } from './digest.ts';
import { type DocumentKind, documentSchemas } from './kinds.ts';

/** A document as it was written, and as the catalog reads it. */
export interface ReadDocument<Value> {
  readonly document: CatalogDocument;
  readonly value: Value;
}

export interface DocumentText<Kind extends DocumentKind> {
  readonly kind: Kind;
  /** For people, and for the places of errors. */
  readonly place: string;
  readonly text: string;
}

type ValueOf<Kind extends DocumentKind> = z.infer<(typeof documentSchemas)[Kind]>;

/** The largest contract here has 20 kB; beyond this a file is a mistake, and every answer would pay for it. */
export const mostDocumentBytes = 2_000_000;
const written = z.record(z.string(), z.json());

/** Throws DefinitionError YAML_INVALID or DEFINITION_INVALID at file:line:column. */
export function readDocument<Kind extends DocumentKind>(
  source: DocumentText<Kind>,
): ReadDocument<ValueOf<Kind>> {
  const { kind, place, text } = source;
  if (text.length > mostDocumentBytes) throw tooLarge(place);
  const file = { file: place, text };
  const schema: z.ZodType<unknown> = documentSchemas[kind];
  const value = readYaml(file, schema) as ValueOf<Kind>;
  const { id, version } = value;
  const raw = readYaml(file, written) as JsonObject;
  return { value, document: { kind, id, version, value: raw, digest: digestOf(raw), place } };
}

function tooLarge(file: string): DefinitionError {
  return new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `${file} is larger than ${mostDocumentBytes / 1e6} MB.`,
    hint: 'a catalog holds what data means, not the data: move its tables into the lake.',
  });
}
