import { nearest } from '../../errors/index.ts';
import { customValue } from '../custom-property.ts';
import type { ContractTable } from './contract-shape.ts';
import type { Demand, Demanded } from './demand.ts';
import { onFailureSchema } from './on-failure.ts';
import { repeated } from './repeated.ts';
import type { QualityRule } from './rule-shape.ts';
import { patternProblem, queryProblem } from './rule-text.ts';

type Path = readonly (string | number)[];

interface PlacedRule {
  readonly rule: QualityRule;
  readonly path: Path;
  /** The column that the rule stands at. */
  readonly column: string | undefined;
  readonly columns: readonly string[];
}

/** The quality rules of a table and of its columns. `written` is the table as it stands in the document, with all its rules. */
export function checkRules(table: ContractTable, written: unknown): Demanded[] {
  const rules = placedRules(table, written);
  return [
    ...rules.flatMap(checkRule),
    ...repeated(rules.map(({ rule }) => rule.name)).map(({ name, index }) => ({
      demand: 'unique-names' as const,
      path: [...(rules[index]?.path ?? []), 'name'],
      message: `the rule "${name}" stands here for the second time`,
      hint: 'rules are reported by name: give each its own.',
    })),
  ];
}

/** Rules of other engines were left out when the contract was read, so a rule's place is looked up by what it holds. */
function placedRules(table: ContractTable, written: unknown): PlacedRule[] {
  const columns = table.properties.map(({ name }) => name);
  const ofColumns = table.properties.flatMap(({ name, quality = [] }, index) =>
    placesOf(written, ['properties', index, 'quality']).map((path, at) => ({
      path,
      rule: quality[at],
      column: name,
    })),
  );
  const ofTable = placesOf(written, ['quality']).map((path, at) => ({
    path,
    rule: table.quality?.[at],
    column: undefined,
  }));
  return [...ofColumns, ...ofTable].flatMap(({ path, rule, column }) =>
    rule ? [{ path, rule, column, columns }] : [],
  );
}

/** The places of the rules in a list that the lake computes. */
function placesOf(written: unknown, path: Path): Path[] {
  const list = path.reduce<unknown>(
    (value, name) => (value as Record<string | number, unknown> | undefined)?.[name],
    written,
  );
  if (!Array.isArray(list)) return [];
  return list.flatMap((rule: { type?: string; metric?: string }, index) => {
    const type = rule.type ?? (rule.metric === undefined ? 'text' : 'library');
    return type === 'library' || type === 'sql' ? [[...path, index]] : [];
  });
}

function checkRule(placed: PlacedRule): Demanded[] {
  const { rule } = placed;
  const ofKind = rule.type === 'sql' ? checkQuery(rule.query, placed) : checkMetric(rule, placed);
  return [...ofKind, ...checkOnFailure(placed)];
}

function checkQuery(query: string, { path, column }: PlacedRule): Demanded[] {
  const known = ['table', 'object', 'model', ...(column === undefined ? [] : ['column', 'property'])];
  const names = [...query.matchAll(/\$\{([^}]*)\}/g)].map(([, name = '']) => name);
  const wrong = queryProblem(query);
  const unknown = names
    .filter((name) => !known.includes(name))
    .map((name) =>
      broken('rule-of-the-lake', {
        path: [...path, 'query'],
        message: `\${${name}} stands for nothing here`,
        hint:
          name === 'column' || name === 'property'
            ? 'a rule of a whole table has no column: name it, or move the rule to the column.'
            : `write ${known.map((word) => `\${${word}}`).join(' or ')}.`,
      }),
    );
  return wrong ? [...unknown, broken('rule-of-the-lake', { path: [...path, 'query'], ...wrong })] : unknown;
}

function checkMetric(rule: Extract<QualityRule, { type: 'library' }>, placed: PlacedRule): Demanded[] {
  const { path, column, columns } = placed;
  const named = rule.arguments?.properties ?? [];
  const unknown = named.flatMap((name, index) => (columns.includes(name) ? [] : [{ name, index }]));
  const pattern = rule.arguments?.pattern;
  const wrong = pattern === undefined ? undefined : patternProblem(pattern);
  return [
    ...(wrong ? [broken('rule-of-the-lake', { path: [...path, 'arguments', 'pattern'], ...wrong })] : []),
    ...unknown.map(({ name, index }) =>
      broken('rule-of-the-lake', {
        path: [...path, 'arguments', 'properties', index],
        message: `the rule "${rule.name}" is about "${name}", which is no column of the table`,
        hint: columnHint(name, columns),
      }),
    ),
    ...(column === undefined && named.length === 0 && rule.metric !== 'rowCount'
      ? [
          broken('rule-of-the-lake', {
            path: [...path, 'metric'],
            message: `the rule "${rule.name}" counts ${rule.metric} and does not say of which column`,
            hint: 'move it to the column, or name columns in `arguments: { properties: […] }`.',
          }),
        ]
      : []),
    ...(rule.metric === 'invalidValues' && !saysWhatIsValid(rule)
      ? [
          broken('rule-of-the-lake', {
            path: [...path, 'metric'],
            message: `the rule "${rule.name}" does not say what is valid`,
            hint: 'add `arguments:` with validValues, pattern, min or max.',
          }),
        ]
      : []),
  ];
}

const saysWhatIsValid = ({ arguments: given = {} }: Extract<QualityRule, { type: 'library' }>): boolean =>
  ['validValues', 'pattern', 'min', 'max'].some((name) => given[name] !== undefined);

function checkOnFailure({ rule, path }: PlacedRule): Demanded[] {
  const value = customValue(rule, 'onFailure');
  if (value === undefined) return [];
  const index = (rule.customProperties ?? []).findIndex(({ property }) => property === 'onFailure');
  const place = [...path, 'customProperties', index, 'value'];
  const said = onFailureSchema.safeParse(value);
  if (!said.success)
    return [
      broken('rule-on-failure', {
        path: place,
        message: `onFailure cannot be ${JSON.stringify(value)}`,
        hint: `write ${onFailureSchema.options.join(', ')}.`,
      }),
    ];
  if (said.data !== 'quarantine' || (rule.type === 'library' && rule.metric !== 'rowCount')) return [];
  return [
    broken('rule-on-failure', {
      path: place,
      message: `the rule "${rule.name}" cannot set rows aside: ${rule.type === 'sql' ? 'a query' : 'a row count'} says nothing about single rows`,
      hint: 'write fail or warn, or write the rule with nullValues, missingValues, invalidValues or duplicateValues.',
    }),
  ];
}

export function columnHint(name: string, columns: readonly string[]): string {
  const [near] = nearest(name, columns);
  return near === undefined ? `the columns are ${columns.join(', ')}.` : `did you mean "${near}"?`;
}

const broken = (demand: Demand, rest: Omit<Demanded, 'demand'>): Demanded => ({ demand, ...rest });
