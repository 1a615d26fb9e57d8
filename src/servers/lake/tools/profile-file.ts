import { z } from 'zod';
import { encodingNotes } from '../sources/encoding-notes.ts';
import { openSource } from '../sources/open-source.ts';
import { fileFormats } from '../sources/source.ts';
import { profileColumns } from './profile-columns.ts';
import { filePath, sourceOptions } from './source-options.ts';
import { defineLakeTool, reads } from './tool-definition.ts';

const mostColumns = 200;

export const profileFile = defineLakeTool({
  name: 'profile_file',
  title: 'Profile a file',
  description:
    'Reads the whole file and counts: per column the nulls, distinct values, minimum, maximum and most frequent values, and which columns could be a key (unique, never null). Slower than inspect_file; use it to choose types, not-nulls and the primary key.',
  input: z.strictObject({ path: filePath, options: sourceOptions.optional() }),
  output: z.object({
    path: z.string(),
    sha256: z.string(),
    format: z.enum(fileFormats),
    rows: z.int().describe('records that could be read'),
    rejected_rows: z.int().describe('records that are broken as a whole'),
    columns: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        nulls: z.int(),
        distinct: z.int(),
        distinct_is_approximate: z.boolean().optional(),
        min: z.union([z.string(), z.number()]).nullable(),
        max: z.union([z.string(), z.number()]).nullable(),
        examples: z.array(z.object({ value: z.string(), rows: z.int() })),
      }),
    ),
    candidate_keys: z.array(z.string()),
    notes: z.array(z.string()),
  }),
  annotations: reads,
  run: async ({ roots, store }, { path, options = {} }) => {
    const source = await openSource({ absolute: roots.resolve(path), path }, options);
    const names = source.columns.slice(0, mostColumns);
    const scratch = await store.scratch(names.length, source.read(names).batches);
    try {
      const profile = await profileColumns(scratch, { names, nullValues: options.null_values ?? [] });
      const left = source.columns.length - names.length;
      return {
        path,
        sha256: source.facts.sha256.slice(0, 16),
        format: source.format,
        ...profile,
        notes: [
          ...encodingNotes(source, options),
          ...(left > 0 ? [`${left} more columns were not profiled`] : []),
        ],
      };
    } finally {
      await scratch.close();
    }
  },
});
