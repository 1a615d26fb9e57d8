import { z } from 'zod';
import { formatOfName } from '../sources/detect-format.ts';
import { readFileFacts } from '../sources/file-facts.ts';
import { fileFormats } from '../sources/source.ts';
import { defineLakeTool, reads } from './tool-definition.ts';

const mostHashed = 500;

export const listFiles = defineLakeTool({
  name: 'list_files',
  title: 'List vendor files',
  description:
    'Lists the files that can be read, with size and content hash, sorted by path. Start here. `format` is a guess by name; inspect_file looks inside.',
  input: z.strictObject({
    pattern: z
      .string()
      .max(300)
      .optional()
      .describe(
        'e.g. vendors/** or acme_*.csv: ** any folders, * anything in a name, ? one character; without a slash it is of file names in any folder',
      ),
  }),
  output: z.object({
    files: z.array(
      z.object({
        path: z.string(),
        bytes: z.int(),
        sha256: z.string().describe('first 16 hex digits'),
        format: z.enum(fileFormats).nullable(),
      }),
    ),
    total_bytes: z.int().describe('of these files'),
    truncated: z.boolean().optional().describe('there are more; narrow the pattern'),
  }),
  annotations: reads,
  run: async ({ roots }, { pattern }) => {
    const { paths, truncated } = roots.list(pattern);
    const files = [];
    for (const path of paths.slice(0, mostHashed)) {
      const { bytes, sha256 } = await readFileFacts(roots.resolve(path));
      files.push({ path, bytes, sha256: sha256.slice(0, 16), format: formatOfName(path) ?? null });
    }
    const total_bytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    return { files, total_bytes, ...((truncated || paths.length > mostHashed) && { truncated: true }) };
  },
});
