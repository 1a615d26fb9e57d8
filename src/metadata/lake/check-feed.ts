import { nearest } from '../../errors/index.ts';
import { customValue } from '../custom-property.ts';
import { type Feed, feedIdSchema, feedProperty, feedSchema } from '../feed.ts';
import { patternProblem } from '../file-pattern.ts';
import { auditColumnNames } from './audit-columns.ts';
import type { Contract, ContractTable } from './contract-shape.ts';
import type { Demanded } from './demand.ts';

type Path = readonly (string | number)[];

/** The contract's word on its feed, and on where the columns come from. */
export function checkFeed(contract: Contract): Demanded[] {
  const index = (contract.customProperties ?? []).findIndex(({ property }) => property === feedProperty);
  const sources = contract.schema.flatMap((table, at) => checkSources(table, ['schema', at]));
  if (index < 0) return sources;
  sources.push(...checkId(contract));
  const path = ['customProperties', index, 'value'];
  const parsed = feedSchema.safeParse(customValue(contract, feedProperty));
  if (!parsed.success)
    return [...sources, ...parsed.error.issues.flatMap((issue) => shapeProblems(issue, path))];
  const feed = parsed.data;
  return [...sources, ...checkPattern(feed.pattern, path), ...checkTable(contract, { feed, path })];
}

function checkId({ id }: Contract): Demanded[] {
  if (feedIdSchema.safeParse(id).success) return [];
  return [
    {
      demand: 'feed',
      path: ['id'],
      message: `"${id}" cannot be the id of a feed, which is the name of a table as well`,
      hint: 'take at most 60 lower-case letters, digits and _, a letter first: acme_prices.',
    },
  ];
}

function checkPattern(pattern: string, path: Path): Demanded[] {
  const problem = patternProblem(pattern);
  if (problem === undefined) return [];
  const hint = 'write ? for a character that cannot stand there, and a feed for each pattern.';
  return [{ demand: 'feed', path: [...path, 'pattern'], message: `the pattern ${problem}`, hint }];
}

type Issue = NonNullable<ReturnType<typeof feedSchema.safeParse>['error']>['issues'][number];

function shapeProblems(issue: Issue, path: Path): Demanded[] {
  const at = [...path, ...issue.path.map((name) => (typeof name === 'symbol' ? String(name) : name))];
  if (issue.code !== 'unrecognized_keys')
    return [
      { demand: 'feed', path: at, message: `"${String(at.at(-1))}" of a feed: ${lowerFirst(issue.message)}` },
    ];
  const known = knownKeysAt(issue.path);
  return issue.keys.map((key) => {
    const [near] = nearest(key, known);
    return {
      demand: 'feed',
      onKey: true,
      path: [...at, key],
      message:
        key === 'columns' ? 'the sources of columns do not stand here' : `unknown key "${key}" of a feed`,
      hint:
        key === 'columns'
          ? 'give each column its own: customProperties: [{ property: source, value: <column of the file> }].'
          : `${near === undefined ? '' : `did you mean "${near}"? `}Known keys: ${known.join(', ')}.`,
    };
  });
}

function knownKeysAt([first]: readonly PropertyKey[]): string[] {
  if (first === undefined) return Object.keys(feedSchema.shape);
  return first === 'options' ? Object.keys(feedSchema.shape.options.unwrap().shape) : ['path', 'equals'];
}

function checkTable(
  { schema }: Contract,
  { feed, path }: { readonly feed: Feed; readonly path: Path },
): Demanded[] {
  const [table, second] = schema;
  if (!table) return [];
  if (second)
    return [
      {
        demand: 'feed',
        path: ['schema', 1],
        message: `the files of a feed fill one table, and this contract has ${schema.length}`,
        hint: 'make a contract of each table.',
      },
    ];
  return [...checkTableName(table, { feed, path }), ...checkPartitions(table, { feed, path })];
}

interface PlacedFeed {
  readonly feed: Feed;
  readonly path: Path;
}

function checkTableName({ physicalName }: ContractTable, { feed, path }: PlacedFeed): Demanded[] {
  if (!/_raw\./.test(physicalName))
    return [
      {
        demand: 'feed',
        path: ['schema', 0, 'physicalName'],
        message: `files are loaded into a bronze table, and ${physicalName} is none`,
        hint: `its schema ends with _raw: product_raw.${physicalName.split('.')[1] ?? 'table'}.`,
      },
    ];
  if (feed.table === undefined || feed.table === physicalName) return [];
  return [
    {
      demand: 'feed',
      path: [...path, 'table'],
      message: `the feed fills ${feed.table}, and the table of the contract is ${physicalName}`,
      hint: `write ${physicalName}, or leave \`table:\` out.`,
    },
  ];
}

function checkPartitions(table: ContractTable, { feed, path }: PlacedFeed): Demanded[] {
  const partitions = feed.partitioned_by ?? [];
  const known = [...table.properties.map(({ name }) => name), ...auditColumnNames];
  if (partitions.length > 0 && table.properties.some(({ partitioned }) => partitioned))
    return [
      {
        demand: 'partition-key',
        path: [...path, 'partitioned_by'],
        message: 'the columns say what partitions the table, and so does the feed',
        hint: 'say it once: partitioned_by of the feed may name audit columns as well.',
      },
    ];
  return partitions.flatMap((partition, index) => {
    const column = partitionedColumn(partition);
    if (column !== undefined && known.includes(column)) return [];
    const [near] = nearest(column ?? partition, known);
    return [
      {
        demand: 'partition-key' as const,
        path: [...path, 'partitioned_by', index],
        message:
          column === undefined ? `"${partition}" is no partition` : `"${column}" is no column of the table`,
        hint:
          /[()]/.test(partition) && column === undefined
            ? "in a list in brackets a partition with a comma is quoted: ['bucket(16, sku)']; there are year(c), month(c), day(c), hour(c), bucket(16, c), truncate(4, c)."
            : near === undefined
              ? 'write a column, or year(c), month(c), day(c), hour(c), bucket(16, c), truncate(4, c).'
              : `did you mean "${near}"?`,
      },
    ];
  });
}

/** `day(ts)`, `bucket(16, sku)`, `sku` -> the column. */
function partitionedColumn(partition: string): string | undefined {
  const [, plain, timed, sized] =
    /^(?:(_?[a-z][a-z0-9_]*)|(?:year|month|day|hour)\((_?[a-z][a-z0-9_]*)\)|(?:bucket|truncate)\([1-9]\d{0,6}, ?(_?[a-z][a-z0-9_]*)\))$/.exec(
      partition,
    ) ?? [];
  return plain ?? timed ?? sized;
}

function checkSources({ properties }: ContractTable, path: Path): Demanded[] {
  return properties.flatMap((property, index) => {
    const { customProperties = [] } = property;
    const at = customProperties.findIndex((one) => one.property === 'source');
    const value = customValue(property, 'source');
    if (at < 0 || value === null || (typeof value === 'string' && value !== '')) return [];
    return [
      {
        demand: 'feed' as const,
        path: [...path, 'properties', index, 'customProperties', at, 'value'],
        message: `the source of "${property.name}" cannot be ${JSON.stringify(value)}`,
        hint: 'write the name of a column of the file, a path as dimensions.width, or null when the file has nothing for it.',
      },
    ];
  });
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
