import { z } from 'zod';
import { standardRejectedShare } from '../../../metadata/rejected-share.ts';
import type { SourceOptions } from '../sources/source.ts';
import type { CastRules } from '../storage/table-store.ts';
import { ingestOptions } from '../tools/source-options.ts';

export const rejectedShare = z
  .number()
  .min(0)
  .max(1)
  .describe(
    `share of the records that one fault may cost before it counts as drift; default ${standardRejectedShare}`,
  );

/** The view of a feed's contract, in the words of the lake's tools. */
export const expectedFeed = z.object({
  columns: z
    .array(
      z.object({
        name: z.string().min(1),
        type: z.string().min(1).max(60),
        nullable: z.boolean().optional(),
        source: z
          .union([z.string(), z.null()])
          .optional()
          .describe('column or path in the file; null for none. Without: options.columns, else by name'),
      }),
    )
    .min(1)
    .max(1000),
  options: ingestOptions.optional(),
  ignored: z
    .array(z.string())
    .max(1000)
    .optional()
    .describe(
      'columns of the file that the contract leaves out on purpose; others that are not named count as added',
    ),
  max_rejected_share: rejectedShare.optional(),
});
export type ExpectedFeed = z.output<typeof expectedFeed>;

/** A column of the contract, all its defaults said. */
export interface ExpectedColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  /** Null: the file has nothing for it. */
  readonly source: string | null;
}

export function castRulesOf(options: SourceOptions): CastRules {
  const formats = options.date_format ?? [];
  return {
    decimalSeparator: options.decimal_separator,
    nullValues: options.null_values ?? [],
    dateFormats: typeof formats === 'string' ? [formats] : formats,
  };
}
