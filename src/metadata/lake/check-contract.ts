import { checkColumns } from './check-columns.ts';
import { checkFeed } from './check-feed.ts';
import { checkRules } from './check-rules.ts';
import type { Contract } from './contract-shape.ts';
import type { Demanded } from './demand.ts';
import { repeated } from './repeated.ts';

/** What of a contract of the right shape the lake could not keep. `written` is the document as it stands in the file. */
export function checkContract(contract: Contract, written: unknown): Demanded[] {
  const tables = (written as { readonly schema?: readonly unknown[] }).schema ?? [];
  return [
    ...repeated(contract.schema.map(({ physicalName }) => physicalName)).map(({ name, index, first }) => ({
      demand: 'unique-names' as const,
      path: ['schema', index, 'physicalName'],
      message: `the table ${name} stands here for the second time, table ${first + 1} has this name too`,
      hint: 'a table has one description of its columns.',
    })),
    ...contract.schema.flatMap((table, index) =>
      [...checkColumns(table), ...checkRules(table, tables[index])].map((one) => ({
        ...one,
        path: ['schema', index, ...one.path],
      })),
    ),
    ...checkFeed(contract),
  ];
}
