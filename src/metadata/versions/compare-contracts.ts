import type { Contract, ContractTable } from '../lake/contract-shape.ts';
import { type Change, type Comparison, comparisonOf } from './change.ts';
import { compareColumns, compareKeys } from './compare-columns.ts';
import { compareFeeds } from './compare-feeds.ts';
import { compareRules } from './compare-rules.ts';
import { compareServiceLevels } from './compare-service-levels.ts';
import { wordsOnly } from './words-only.ts';

/**
 * What has changed between two versions of a contract, seen by those who read its tables: they are whom a contract
 * promises something. A promise that is kept less well is breaking, one that is kept better is compatible.
 */
export function compareContracts(was: Contract, now: Contract): Comparison {
  return comparisonOf({ was, now }, [
    ...compareStatus(was, now),
    ...compareTables(was.schema, now.schema),
    ...compareFeeds(was, now),
    ...compareServiceLevels(was, now),
    ...wordsOnly(was, now, {
      path: '',
      but: ['version', 'status', 'schema', 'slaProperties', 'customProperties'],
    }),
    ...wordsOnly(otherProperties(was), otherProperties(now), { path: 'customProperties', but: ['feed'] }),
  ]);
}

function compareStatus({ status: was }: Contract, { status: now }: Contract): Change[] {
  if (was === now) return [];
  const isRetired = now === 'retired';
  return [
    {
      kind: isRetired ? 'breaking' : 'documentation',
      path: 'status',
      words: `status was ${was} and is ${now}${isRetired ? ': nobody keeps the promises any more' : ''}`,
    },
  ];
}

function compareTables(was: readonly ContractTable[], now: readonly ContractTable[]): Change[] {
  const gone = was.filter((table) => !now.some((other) => isSameTable(table, other)));
  const added = now.filter((table) => !was.some((other) => isSameTable(table, other)));
  const renamed = gone.flatMap((table) => {
    const other = added.find(({ name }) => name === table.name);
    return other ? [{ table, other }] : [];
  });
  const kept = was.flatMap((table) => {
    const other = now.find((candidate) => isSameTable(table, candidate));
    return other ? [{ table, other }] : [];
  });
  return [
    ...renamed.map(({ table, other }) => breaking(table, `the table is called ${other.physicalName} now`)),
    ...gone
      .filter((table) => !renamed.some((one) => one.table === table))
      .map((table) => breaking(table, 'the table is gone')),
    ...added
      .filter((table) => !renamed.some(({ other }) => other === table))
      .map(
        ({ physicalName }): Change => ({ kind: 'compatible', path: physicalName, words: 'the table is new' }),
      ),
    ...[...kept, ...renamed].flatMap(({ table, other }) => compareTable(table, other)),
  ];
}

function compareTable(was: ContractTable, now: ContractTable): Change[] {
  const path = now.physicalName;
  return [
    ...compareColumns(was.properties, now.properties, path),
    ...compareKeys(was, now),
    ...compareRules(was, now),
    ...wordsOnly(was, now, { path, but: ['properties', 'quality', 'physicalName'] }),
  ];
}

const isSameTable = (a: ContractTable, b: ContractTable): boolean => a.physicalName === b.physicalName;

const breaking = ({ physicalName }: ContractTable, words: string): Change => ({
  kind: 'breaking',
  path: physicalName,
  words,
});

const otherProperties = ({ customProperties = [] }: Contract): object =>
  Object.fromEntries(customProperties.map(({ property, value }) => [property, value]));
