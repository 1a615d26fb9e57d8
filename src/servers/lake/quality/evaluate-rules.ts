import { fillPlaceholders } from '../../../metadata/fill-placeholders.ts';
import { LakeFailure } from '../lake-failure.ts';
import type { ResultRow, ResultRows } from '../storage/table-store.ts';
import type { Candidate } from './candidate.ts';
import { expectationOf, type RuleValue } from './compare.ts';
import { type CompiledRule, compileRule, type RowRule } from './compile-rule.ts';
import { actionOf, columnsNamedBy, type FailureAction, nameOfRule, type QualityRule } from './rule.ts';

/** How rules reach the rows. */
export interface RuleReader {
  read(sql: string): Promise<ResultRows>;
  /** A SELECT that somebody else wrote, checked before it runs; the candidate's rows stand where its table is named. */
  readQuery(sql: string, candidate: Candidate): Promise<ResultRows>;
}

export interface RuleResult {
  readonly name: string;
  readonly on_failure: FailureAction;
  readonly passed: boolean;
  /** Null when the rule could not be checked. */
  readonly value: RuleValue | null;
  readonly expected: string;
  readonly failing_rows?: number;
  readonly sample?: readonly ResultRow[];
  readonly error?: string;
}

/** One rule on its way: `compiled` or the failure that says why it cannot be. */
interface Checked {
  readonly rule: QualityRule;
  readonly name: string;
  readonly compiled: CompiledRule | LakeFailure;
}

interface Counts {
  readonly rows: number;
  /** Bad rows by the place of the rule; absent where the rule could not be counted with the others. */
  readonly bad: ReadonlyMap<number, number>;
}

/**
 * Checks every rule, in order. Rules about single rows are counted in one pass over the candidate. What cannot be
 * checked has failed and says why: a rule that nobody could check protects nothing.
 */
export async function evaluateRules(
  reader: RuleReader,
  { candidate, rules }: { candidate: Candidate; rules: readonly QualityRule[] },
): Promise<RuleResult[]> {
  const checked = rules.map((rule, index): Checked => {
    return { rule, name: nameOfRule(rule, index), compiled: compiledOrFailure(rule, candidate) };
  });
  const counts = await countInOnePass(reader, { candidate, checked });
  const results: RuleResult[] = [];
  for (const [index, one] of checked.entries()) {
    results.push(
      await resultOf(reader, { one, candidate, rows: counts.rows, counted: counts.bad.get(index) }),
    );
  }
  return results;
}

function compiledOrFailure(rule: QualityRule, candidate: Candidate): CompiledRule | LakeFailure {
  try {
    expectationOf(rule);
    return compileRule(rule, candidate);
  } catch (error) {
    if (error instanceof LakeFailure) return error;
    throw error;
  }
}

async function countInOnePass(
  reader: RuleReader,
  { candidate, checked }: { candidate: Candidate; checked: readonly Checked[] },
): Promise<Counts> {
  const filters = checked.flatMap(({ compiled }, index) =>
    'isBad' in compiled && compiled.unique === undefined
      ? [{ index, sql: `count(*) FILTER (${compiled.isBad}) AS bad${index}` }]
      : [],
  );
  const counted = ['count(*) AS total', ...filters.map(({ sql }) => sql)].join(', ');
  try {
    const [row] = (await reader.read(`SELECT ${counted} FROM ${candidate.relation}`)).rows;
    const bad = filters.map(({ index }) => [index, Number(row?.[`bad${index}`] ?? 0)] as const);
    return { rows: Number(row?.['total'] ?? 0), bad: new Map(bad) };
  } catch (error) {
    if (!(error instanceof LakeFailure) || filters.length === 0) throw error;
    // One pattern that is no regular expression fails the statement: each rule alone then tells its own fault.
    return countInOnePass(reader, { candidate, checked: [] });
  }
}

interface Asked {
  readonly one: Checked;
  readonly candidate: Candidate;
  readonly rows: number;
  readonly counted: number | undefined;
}

async function resultOf(reader: RuleReader, asked: Asked): Promise<RuleResult> {
  const { rule, name, compiled } = asked.one;
  const named = { name, on_failure: actionOf(rule) };
  try {
    if (compiled instanceof LakeFailure) throw compiled;
    const expected = expectationOf(rule);
    const found = await measure(reader, { ...asked, compiled });
    return { ...named, passed: expected.holds(found.value), expected: expected.text, ...found };
  } catch (error) {
    if (!(error instanceof LakeFailure)) throw error;
    return { ...named, passed: false, value: null, expected: expectedText(rule), error: error.message };
  }
}

function expectedText(rule: QualityRule): string {
  try {
    return expectationOf(rule).text;
  } catch {
    // The failure that is told says what is wrong with the comparison.
    return 'one comparison';
  }
}

interface Measured {
  readonly value: RuleValue;
  readonly failing_rows?: number;
  readonly sample?: readonly ResultRow[];
}

async function measure(
  reader: RuleReader,
  asked: Asked & { readonly compiled: CompiledRule },
): Promise<Measured> {
  const { compiled, rows } = asked;
  if (compiled.kind === 'query')
    return { value: await valueOfQuery(reader, { ...asked, query: compiled.query }) };
  if (compiled.kind === 'row count') return { value: rows };
  const bad = asked.counted ?? (await countAlone(reader, { rule: compiled, candidate: asked.candidate }));
  const value = asked.one.rule.unit === 'percent' ? percentOf(bad, rows) : bad;
  if (bad === 0) return { value, failing_rows: 0 };
  const sample = await reader.read(sampleSql(compiled, asked.candidate));
  return { value, failing_rows: bad, sample: sample.rows };
}

async function countAlone(
  reader: RuleReader,
  { rule, candidate }: { rule: RowRule; candidate: Candidate },
): Promise<number> {
  const sql =
    rule.unique === undefined
      ? `SELECT count(*) FILTER (${rule.isBad}) AS n FROM ${candidate.relation}`
      : `SELECT coalesce(sum(rows - 1), 0)::BIGINT AS n FROM (${repeatedKeys(rule.unique, candidate)})`;
  return Number((await reader.read(sql)).rows[0]?.['n'] ?? 0);
}

function sampleSql({ isBad, shown, unique }: RowRule, candidate: Candidate): string {
  if (unique !== undefined) return `${repeatedKeys(unique, candidate)} ORDER BY ALL LIMIT 3`;
  return `SELECT ${shown.join(', ')} FROM ${candidate.relation} WHERE ${isBad} ORDER BY ALL LIMIT 3`;
}

function repeatedKeys(unique: readonly string[], { relation }: Candidate): string {
  const filled = unique.map((name) => `${name} IS NOT NULL`).join(' AND ');
  return `SELECT ${unique.join(', ')}, count(*) AS rows FROM ${relation} WHERE ${filled} GROUP BY ALL HAVING count(*) > 1`;
}

export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Number(((100 * part) / whole).toFixed(6));
}

async function valueOfQuery(
  reader: RuleReader,
  { query, candidate, one }: { query: string; candidate: Candidate; one: Checked },
): Promise<RuleValue> {
  const { columns, rows } = await reader.readQuery(
    fillPlaceholders(query, { table: candidate.table, column: columnsNamedBy(one.rule)[0] }),
    candidate,
  );
  const value = rows.length === 1 && columns.length === 1 ? rows[0]?.[columns[0]?.name ?? ''] : undefined;
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  throw new LakeFailure(
    'The query must give one row with one number.',
    'write SELECT count(*) FROM … WHERE ….',
  );
}
