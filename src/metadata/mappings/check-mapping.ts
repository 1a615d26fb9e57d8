import { nearest } from '../../errors/index.ts';
import { auditColumnNames } from '../lake/audit-columns.ts';
import type { Contract, ContractTable } from '../lake/contract-shape.ts';
import { repeated } from '../lake/repeated.ts';
import type { Mapping } from '../mapping.ts';
import { inOrder, type Problem } from '../problem.ts';
import { type Placed, problemAt } from '../read-yaml.ts';

/** A contract that cannot be read has an id and no tables: what a mapping says of it is not judged. */
type Contracts = readonly (Pick<Contract, 'id'> & Partial<Pick<Contract, 'schema'>>)[];

/**
 * Whether a mapping fits the contracts that it names: each required column of the target is mapped, and no column is
 * named that its table does not have. The SQL is held against the tables by the lake.
 */
export function checkMapping(mapping: Placed<Mapping>, contracts: Contracts): Problem[] {
  const source = findTable(mapping, { side: 'source', contracts });
  const target = findTable(mapping, { side: 'target', contracts });
  return inOrder([
    ...source.problems,
    ...target.problems,
    ...(target.table ? checkTarget(mapping, target.table) : []),
    ...(source.table ? checkSources(mapping, source.table) : []),
    ...checkText(mapping),
  ]);
}

interface Found {
  readonly table?: ContractTable;
  readonly problems: readonly Problem[];
}

function findTable(
  mapping: Placed<Mapping>,
  { side, contracts }: { readonly side: 'source' | 'target'; readonly contracts: Contracts },
): Found {
  const { contract: id, table: name } = mapping.value[side];
  const contract = contracts.find((one) => one.id === id);
  const refuse = (field: string, message: string, known: readonly string[]): Found => {
    const [near] = nearest(field === 'contract' ? id : name, known);
    const hint = near === undefined ? `There are ${known.join(', ') || 'none'}.` : `did you mean "${near}"?`;
    return { problems: [problemAt(mapping, { path: [side, field], message, hint })] };
  };
  if (!contract)
    return refuse(
      'contract',
      `There is no contract "${id}".`,
      contracts.map((one) => one.id),
    );
  if (!contract.schema) return { problems: [] };
  const tables = contract.schema.map(({ physicalName }) => physicalName);
  const table = contract.schema.find(({ physicalName }) => physicalName === name);
  return table
    ? { table, problems: [] }
    : refuse('table', `The contract "${id}" has no table ${name}.`, tables);
}

function checkTarget(mapping: Placed<Mapping>, { physicalName, properties }: ContractTable): Problem[] {
  const known = properties.map(({ name }) => name);
  const mapped = mapping.value.columns.map(({ column }) => column);
  const missing = properties.filter(({ name, required }) => required && !mapped.includes(name));
  return [
    ...mapping.value.columns.flatMap(({ column }, index) =>
      known.includes(column)
        ? []
        : [
            problemAt(mapping, {
              path: ['columns', index, 'column'],
              message: `${physicalName} has no column "${column}".`,
              hint: hintFor(column, known),
            }),
          ],
    ),
    ...repeated(mapped).map(({ name, index }) =>
      problemAt(mapping, {
        path: ['columns', index, 'column'],
        message: `The column "${name}" is mapped for the second time.`,
        hint: 'a column has one rule: put both into one.',
      }),
    ),
    ...missing.map(({ name }) =>
      problemAt(mapping, {
        path: ['columns'],
        message: `The required column "${name}" of ${physicalName} is not mapped.`,
        hint: `add \`- { column: ${name}, from: […], rule: … }\` and select it in the SQL.`,
      }),
    ),
  ];
}

/** A name with dots is a column of another table, `policy.currency_rates.rate`: no contract here says what that has. */
function checkSources(mapping: Placed<Mapping>, { physicalName, properties }: ContractTable): Problem[] {
  const known = [...properties.map(({ name }) => name), ...auditColumnNames];
  return mapping.value.columns.flatMap(({ from }, index) =>
    from.flatMap((given, at) => {
      const name = given.startsWith(`${physicalName}.`) ? given.slice(physicalName.length + 1) : given;
      if (known.includes(name)) return [];
      const path = ['columns', index, 'from', at];
      if (!name.includes('.'))
        return [
          problemAt(mapping, {
            path,
            message: `${physicalName} has no column "${name}".`,
            hint: hintFor(name, known),
          }),
        ];
      return /^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.[a-z_][a-z0-9_]*$/.test(name)
        ? []
        : [
            problemAt(mapping, {
              path,
              message: `"${name}" names no column.`,
              hint: 'a column of another table is written schema.table.column, as policy.currency_rates.rate.',
            }),
          ];
    }),
  );
}

/** What can be said of the SQL without an engine; the rest is the lake's to say. */
function checkText(mapping: Placed<Mapping>): Problem[] {
  const { sql } = mapping.value;
  const bare = sql.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ').trim();
  if (/^(select|with|from|\()/i.test(bare)) return [];
  return [
    problemAt(mapping, {
      path: ['sql'],
      message: 'The SQL of a mapping is one SELECT.',
      hint: 'begin with SELECT or WITH; what is done with the rows is not for the mapping to say.',
    }),
  ];
}

function hintFor(name: string, known: readonly string[]): string {
  const [near] = nearest(name, known);
  return near === undefined ? `The columns are ${known.join(', ')}.` : `did you mean "${near}"?`;
}
