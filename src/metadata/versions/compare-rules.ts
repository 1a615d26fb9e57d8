import type { ContractTable } from '../lake/contract-shape.ts';
import { onFailureOf } from '../lake/on-failure.ts';
import type { QualityRule } from '../lake/rule-shape.ts';
import { comparisonNames } from '../lake/rule-shape.ts';
import { type Allowed, allowedBy } from './allowed-values.ts';
import type { Change } from './change.ts';
import { isSame, wordsOnly } from './words-only.ts';

interface PlacedRule {
  readonly rule: QualityRule;
  readonly column: string | undefined;
}

/** A rule that stops or sets aside is a promise; one that only warns is none. */
export function compareRules(was: ContractTable, now: ContractTable): Change[] {
  const [before, after] = [rulesOf(was), rulesOf(now)];
  const table = now.physicalName;
  return [
    ...before.flatMap((placed) => {
      const other = after.find(({ rule }) => rule.name === placed.rule.name);
      if (other) return compareRule(placed, other, table);
      const twin = after.find(
        (one) => isSameRule(one, placed) && !before.some(({ rule }) => rule.name === one.rule.name),
      );
      return [goneRule(placed, { twin, table })];
    }),
    ...after
      .filter(({ rule }) => !before.some((one) => one.rule.name === rule.name))
      .filter((placed) => !before.some((one) => isSameRule(one, placed)))
      .map(({ rule }) =>
        change(table, rule, isPromise(rule) ? 'compatible' : 'documentation', 'the rule is new'),
      ),
  ];
}

function rulesOf({ properties, quality = [] }: ContractTable): PlacedRule[] {
  return [
    ...properties.flatMap(({ name, quality: rules = [] }) => rules.map((rule) => ({ rule, column: name }))),
    ...quality.map((rule) => ({ rule, column: undefined })),
  ];
}

const isPromise = (rule: QualityRule): boolean => onFailureOf(rule) !== 'warn';

const change = (
  ...[table, rule, kind, words]: readonly [string, QualityRule, Change['kind'], string]
): Change => ({
  kind,
  path: `${table} rule ${rule.name}`,
  words,
});

function isSameRule(a: PlacedRule, b: PlacedRule): boolean {
  const bare = ({ rule, column }: PlacedRule) => ({
    ...rule,
    name: '',
    description: '',
    column: column ?? '',
  });
  return isSame(bare(a), bare(b));
}

function goneRule(
  { rule }: PlacedRule,
  { twin, table }: { readonly twin: PlacedRule | undefined; readonly table: string },
): Change {
  if (twin) return change(table, rule, 'documentation', `the rule is called ${twin.rule.name} now`);
  return change(table, rule, isPromise(rule) ? 'breaking' : 'documentation', 'the rule is gone');
}

const compared = [
  'name',
  'type',
  'metric',
  'query',
  'arguments',
  'unit',
  'severity',
  'customProperties',
  ...comparisonNames,
];

function compareRule(was: PlacedRule, now: PlacedRule, table: string): Change[] {
  const words = wordsOnly(was.rule, now.rule, { path: `${table} rule ${now.rule.name}`, but: compared });
  const promised = [isPromise(was.rule), isPromise(now.rule)] as const;
  if (promised[0] !== promised[1])
    return [
      ...words,
      promised[0]
        ? change(table, now.rule, 'breaking', 'the rule only warns now')
        : change(table, now.rule, 'compatible', 'the rule must hold now'),
    ];
  return [
    ...words,
    ...compareActions(was, now, table),
    ...compareContent(was, now, { table, isPromise: promised[0] }),
  ];
}

function compareActions({ rule: was }: PlacedRule, { rule: now }: PlacedRule, table: string): Change[] {
  const [before, after] = [onFailureOf(was), onFailureOf(now)];
  if (before !== after)
    return [
      change(
        table,
        now,
        'compatible',
        `on failure it was ${before} and is ${after}: the rows that are read keep the rule`,
      ),
    ];
  return was.severity === now.severity
    ? []
    : [change(table, now, 'documentation', `severity was ${was.severity} and is ${now.severity}`)];
}

function compareContent(
  was: PlacedRule,
  now: PlacedRule,
  { table, isPromise: counts }: { readonly table: string; readonly isPromise: boolean },
): Change[] {
  const parts = [
    ...compareSubject(was, now),
    ...compareLimits(was.rule, now.rule),
    ...compareArguments(argumentsOf(was.rule), argumentsOf(now.rule)),
  ];
  return parts.map(({ isTighter, words }) =>
    change(table, now.rule, counts ? (isTighter ? 'compatible' : 'breaking') : 'documentation', words),
  );
}

interface Part {
  /** Fewer rows pass: all that the new rule allows, the old one did. */
  readonly isTighter: boolean;
  readonly words: string;
}

function compareSubject(was: PlacedRule, now: PlacedRule): Part[] {
  const subject = ({ rule, column }: PlacedRule) => ({
    column: column ?? '',
    unit: rule.unit ?? 'rows',
    ...(rule.type === 'sql' ? { query: rule.query.replaceAll(/\s+/g, ' ').trim() } : { metric: rule.metric }),
  });
  return isSame(subject(was), subject(now))
    ? []
    : [
        {
          isTighter: false,
          words: 'the rule measures something else, so what it promises cannot be compared',
        },
      ];
}

function compareLimits(was: QualityRule, now: QualityRule): Part[] {
  const [before, after] = [allowedBy(was), allowedBy(now)];
  if (before.words === after.words) return [];
  const isTighter = isWithin(after, before);
  return [
    {
      isTighter,
      words: `the rule is ${isTighter ? 'tighter' : isWithin(before, after) ? 'looser' : 'another one'}: ${before.words} became ${after.words}`,
    },
  ];
}

/** Between two limits a comparison does not change its mind, so a value on each, between them and beyond them says it all. */
function isWithin(inner: Allowed, outer: Allowed): boolean {
  const limits = [...inner.limits, ...outer.limits].toSorted((a, b) => a - b);
  const between = limits.map((limit, index) => (limit + (limits[index + 1] ?? limit + 2)) / 2);
  const points = [...limits, ...between, (limits[0] ?? 0) - 1];
  const texts = [...inner.texts, ...outer.texts];
  return [...points, ...texts].every((value) => !inner.holds(value) || outer.holds(value));
}

type Arguments = Readonly<Record<string, unknown>>;
const argumentsOf = (rule: QualityRule): Arguments => (rule.type === 'library' ? (rule.arguments ?? {}) : {});

function compareArguments(was: Arguments, now: Arguments): Part[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])].filter(
    (name) => !isSame(was[name], now[name]),
  );
  return names.flatMap((name) => {
    if (name === 'validValues' || name === 'missingValues') return compareSets(name, was[name], now[name]);
    const words = `${name} was ${shown(was[name])} and is ${shown(now[name])}`;
    return [{ isTighter: was[name] === undefined || isNarrower(name, was[name], now[name]), words }];
  });
}

function isNarrower(...[name, was, now]: readonly [string, unknown, unknown]): boolean {
  if (typeof was !== 'number' || typeof now !== 'number') return false;
  return name === 'min' ? now > was : name === 'max' && now < was;
}

/** One value more that is valid is a promise less; one more that counts as missing is a promise more. */
function compareSets(...[name, was, now]: readonly [string, unknown, unknown]): Part[] {
  const [before, after] = [listOf(was), listOf(now)];
  if (!before || !after)
    return [{ isTighter: before === undefined, words: `${name} was ${shown(was)} and is ${shown(now)}` }];
  const added = after.filter((value) => !before.includes(value));
  const removed = before.filter((value) => !after.includes(value));
  const isValid = name === 'validValues';
  const part = (values: readonly unknown[], what: string, isTighter: boolean): Part[] =>
    values.length === 0 ? [] : [{ isTighter, words: `${values.map(shown).join(', ')} ${what}` }];
  return [
    ...part(added, isValid ? 'may stand here now' : 'counts as missing now', !isValid),
    ...part(removed, isValid ? 'stands here no more' : 'counts as missing no more', isValid),
  ];
}

const listOf = (value: unknown): unknown[] | undefined => (Array.isArray(value) ? value : undefined);
const shown = (value: unknown): string => (value === undefined ? 'not said' : (JSON.stringify(value) ?? ''));
