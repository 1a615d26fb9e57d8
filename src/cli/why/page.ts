import type { Explanation, Writer } from '../../lineage/answer.ts';
import { clipLine } from '../render/clip.ts';
import { counted } from '../render/counts.ts';
import { formatTime } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import { decidedWords, documentsIn } from './decided-words.ts';
import { originsOf } from './origin-words.ts';
import { detailLines } from './page-details.ts';
import { pairs, shown, type WhyPage } from './page-options.ts';
import { inputsOf, isReference, makersOf, rulesBehind } from './rule-chain.ts';
import { givenWords, ruleWords } from './rule-words.ts';
import { shortChain } from './short-chain.ts';
import { callWords, loadedWords, modelWords, sqlWords } from './words.ts';
import { wrapLine } from './wrap-line.ts';

/** The answer in plain words on the first screen; then the whole chain, of a table or a column in short. */
export function whyPage(explanation: Explanation, page: WhyPage): string[] {
  return [
    page.style('bold', headline(explanation)),
    ...summary(explanation, page).map((line) => `  ${line}`),
    ...missingLines(explanation, page),
    '',
    ...(explanation.row || page.isFull
      ? [page.style('dim', 'In detail'), ...detailLines(explanation, page)]
      : shortChain(explanation, page)),
  ].map((line) => line.trimEnd());
}

/** Where there is nothing else to tell, this is the answer. */
function missingLines(explanation: Explanation, page: WhyPage): string[] {
  const missing = allMissing(explanation).map((one) => printable(one));
  if (missing.length === 0) return [];
  if (explanation.writers.length === 0) return missing.map((one) => `  ${one}`);
  return ['', page.style('yellow', 'What is not there to be told:'), ...missing.map((one) => `  - ${one}`)];
}

function headline({ table, column, row, snapshot }: Explanation): string {
  const key = row ? `, row ${pairs(row.key)}` : '';
  const value = row && column !== undefined ? `: ${shown(row.values[column])}` : '';
  const at = snapshot ? ` (snapshot ${snapshot.id} of ${formatTime(snapshot.at)} UTC)` : '';
  return printable(`${table}${column === undefined ? '' : `.${column}`}${key}${value}${row ? '' : at}`);
}

// Of a table of six vendors all six are told; of one of a hundred nobody reads more.
const mostTold = 8;

/** Where it comes from, by which rule, who wrote it with whose words, who let that be. */
function summary(explanation: Explanation, page: WhyPage): string[] {
  const [writer] = explanation.writers;
  if (!writer) return [];
  const rules = rulesBehind(explanation);
  const told = rules.map((step, index) => ruleWords(step, { isFirst: index === 0 && rules.length === 1 }));
  const isLoad = told.length === 0 && writer.load && explanation.column !== undefined;
  const facts: readonly (readonly [name: string, values: readonly (string | undefined)[]])[] = [
    ['rows', [severalWords(explanation)]],
    ['from', originsOf(explanation)],
    ['by the rule', isLoad ? [loadedWords(explanation.column ?? '', writer)] : told],
    ['given', rules.flatMap(givenWords)],
    ['checked', [recomputedWords(explanation)]],
    ['written by', [callWords(writer)]],
    writer.mapping && writer.tool !== 'write_rows'
      ? ['SQL by', sqlWords(rules.length > 0 ? rules.map((step) => step.writer) : makersOf(explanation))]
      : ['asked by', [modelWords(writer.call, writer.tool === 'write_rows')]],
    ['decided', [decidedWords(documentsIn(explanation))]],
  ];
  return facts.flatMap(([name, values]) => factLines(name, values, page));
}

/** A key that fits many rows is answered for one of them, and another one may be from elsewhere. */
function severalWords({ row }: Explanation): string | undefined {
  if (!row || row.found <= 1) return undefined;
  const own = row.own ? `, ${clipLine(printable(pairs(row.own)), 160)}` : '';
  return `${counted(row.found, 'row')} fit the key; told is the first of them only${own}`;
}

function factLines(name: string, values: readonly (string | undefined)[], page: WhyPage): string[] {
  const all = values.flatMap((value) => (value === undefined ? [] : [value]));
  const rest = all.length - mostTold;
  const told = rest > 0 ? [...all.slice(0, mostTold), `… and ${counted(rest, 'further one')}`] : all;
  const width = Math.max(60, page.columns - 16);
  const lines = told.flatMap((value) =>
    value.split('\n').flatMap((line) => wrapLine(printable(line), { width, most: 4 })),
  );
  return lines.map((line, index) => `${(index === 0 ? name : '').padEnd(12)} ${line}`);
}

/** Of all statements on the way back to the files. */
function recomputedWords(explanation: Explanation): string | undefined {
  const all = statementsOf(explanation);
  const bad = all.find(({ mapping }) => mapping.recomputed !== 'same');
  if (all.length === 0) return undefined;
  if (!bad)
    return all.length === 1
      ? 'the SQL, run again on what it read, gives this row'
      : `the SQL of all ${all.length} statements on the way, run again on what each read, gives these rows`;
  const of = bad.table === explanation.table ? '' : ` (${bad.table})`;
  return bad.mapping.recomputed === 'differs'
    ? `THE SQL, RUN AGAIN ON WHAT IT READ, GIVES ANOTHER ROW${of}`
    : `THE SQL, RUN AGAIN ON WHAT IT READ, GIVES NO SUCH ROW${of}`;
}

function statementsOf({ table, writers }: Explanation): {
  readonly table: string;
  readonly mapping: NonNullable<Writer['mapping']>;
}[] {
  return writers.flatMap((writer) => [
    ...(writer.mapping?.rowsFollowed === 'exact' && !isReference(writer)
      ? [{ table, mapping: writer.mapping }]
      : []),
    ...inputsOf(writer).flatMap(statementsOf),
  ]);
}

function allMissing({ missing, writers }: Explanation): string[] {
  const own = writers.flatMap((writer) => [...writer.missing, ...inputsOf(writer).flatMap(allMissing)]);
  return [...new Set([...missing, ...own])];
}
