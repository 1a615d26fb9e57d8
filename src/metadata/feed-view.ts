import { z } from 'zod';
import { DefinitionError } from '../errors/index.ts';
import { contractName } from './contract-name.ts';
import { definitionColumns, definitionViewShape } from './contract-view.ts';
import { customValue } from './custom-property.ts';
import { feedOf } from './feed.ts';
import type { Contract, ContractTable } from './lake/contract-shape.ts';
import { readOptionsSchema } from './read-options.ts';
import { standardRejectedShare } from './rejected-share.ts';
import { ruleViews } from './rule-view.ts';
import { partitionsOf, primaryKeyOf } from './table-layout.ts';

/** The contract of a feed in the words of the lake's tools: create_table, ingest, check_quality, diff_schema. */
export const feedViewSchema = z.object({
  contract: z.string().describe('<id>@<version>'),
  table: z.string().describe('the bronze table'),
  vendor_name: z.string(),
  pattern: z.string().describe('glob of the files of this feed'),
  options: readOptionsSchema
    .extend({ columns: z.record(z.string(), z.union([z.string(), z.null()])).optional() })
    .describe(
      'as lake.ingest takes them; columns: table column -> column or path in the file, null for none',
    ),
  ignored: z.array(z.string()).describe('as lake.diff_schema takes it'),
  max_rejected_share: z.number().min(0).max(1).describe('as lake.ingest and lake.diff_schema take it'),
  ...definitionViewShape,
  partitioned_by: z
    .array(z.string())
    .describe('as lake.create_table takes it: sku, day(ts), bucket(16, sku)'),
});
export type FeedView = z.infer<typeof feedViewSchema>;

/** Throws DefinitionError when the contract says nothing of a feed. */
export function feedView(contract: Contract): FeedView {
  const feed = feedOf(contract);
  const [table] = contract.schema;
  if (!feed || !table) throw noFeed(contract);
  const columns = sourcesOf(table);
  return {
    contract: contractName(contract),
    table: table.physicalName,
    vendor_name: feed.vendor_name,
    pattern: feed.pattern,
    options: { ...feed.options, ...(Object.keys(columns).length > 0 && { columns }) },
    ignored: feed.ignored ?? [],
    max_rejected_share: maxRejectedShareOf(contract),
    definition_columns: definitionColumns(table),
    primary_key: primaryKeyOf(table),
    partitioned_by: feed.partitioned_by ?? partitionsOf(table),
    // The bronze table is made with these columns as NOT NULL: a load rejects a record without one before any rule sees it.
    ...ruleViews(table, { table: table.physicalName, refusesMissing: true }),
  };
}

/** A column that names no source is matched by the lake, by its name. */
function sourcesOf({ properties }: ContractTable): Record<string, string | null> {
  const named = properties.flatMap((property): [string, string | null][] => {
    const source = customValue(property, 'source');
    return typeof source === 'string' || source === null ? [[property.name, source]] : [];
  });
  return Object.fromEntries(named);
}

function maxRejectedShareOf(contract: Contract): number {
  const share = customValue(contract, 'maxRejectedShare');
  if (share === undefined) return standardRejectedShare;
  if (typeof share === 'number' && share >= 0 && share <= 1) return share;
  throw new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `maxRejectedShare of the contract "${contract.id}" is ${JSON.stringify(share)}, which is no share of its records.`,
    hint: 'write a number from 0 to 1: 0.05 lets five records of a hundred be rejected before the load stops.',
  });
}

function noFeed({ id }: Contract): DefinitionError {
  return new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `The contract "${id}" says nothing of a feed.`,
    hint: 'add a custom property `feed` with pattern and vendor_name to the contract: docs/contracts.md shows one.',
  });
}
