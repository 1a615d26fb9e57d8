import type { Explanation, Writer } from '../../lineage/answer.ts';
import { clipLine } from '../render/clip.ts';
import { counted } from '../render/counts.ts';
import { formatTime } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import { originWords } from './origin-words.ts';
import { detailLines } from './page-details.ts';
import { pairs, shown, type WhyPage } from './page-options.ts';
import { approvalWords, callWords, modelWords, ruleWords } from './words.ts';

/** The answer in plain words on the first screen; then the whole chain. */
export function whyPage(explanation: Explanation, page: WhyPage): string[] {
  return [
    page.style('bold', headline(explanation)),
    ...summary(explanation, page).map((line) => `  ${line}`),
    ...missingLines(explanation, page),
    '',
    page.style('dim', 'In detail'),
    ...detailLines(explanation, page),
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

/** Where it comes from, by which rule, who wrote it with whose words, who let that be. */
function summary(explanation: Explanation, page: WhyPage): string[] {
  const [writer] = explanation.writers;
  if (!writer) return [];
  const origins = originsOf(explanation);
  const facts: [name: string, value: string | undefined][] = [
    ...origins.slice(0, 5).map((origin, index): [string, string] => [index === 0 ? 'from' : '', origin]),
    ['', origins.length > 5 ? `… and ${counted(origins.length - 5, 'further source')}` : undefined],
    ['by the rule', ruleWords(explanation.column, writer)],
    ['checked', recomputedWords(writer)],
    ['written by', callWords(writer)],
    [writer.mapping ? 'SQL by' : 'asked by', modelWords(writer.call, writer.mapping !== undefined)],
    ['approved', approvalWords(writer)],
  ];
  const lines = facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return lines.flatMap(([name, value]) =>
    value
      .split('\n')
      .map(
        (line, index) =>
          `${(index === 0 ? name : '').padEnd(12)} ${clipLine(printable(line), Math.max(60, page.columns - 16))}`,
      ),
  );
}

const recomputedWords = ({ mapping }: Writer): string | undefined => {
  if (mapping?.recomputed === 'same') return 'the SQL, run again on what it read, gives this row';
  if (mapping?.recomputed === 'differs') return 'THE SQL, RUN AGAIN ON WHAT IT READ, GIVES ANOTHER ROW';
  return mapping?.rowsFollowed === 'exact'
    ? 'THE SQL, RUN AGAIN ON WHAT IT READ, GIVES NO SUCH ROW'
    : undefined;
};

/** The files at the ends of the chain: with the line and its text where the row is known. */
function originsOf({ writers }: Explanation): string[] {
  const found = writers.flatMap(({ load, mapping }) => {
    if (load) return [originWords(load)];
    return (mapping?.inputs ?? []).flatMap(({ explanations }) => explanations.flatMap(originsOf));
  });
  return [...new Set(found)];
}

function allMissing({ missing, writers }: Explanation): string[] {
  const own = writers.flatMap((writer) => [
    ...writer.missing,
    ...(writer.mapping?.inputs ?? []).flatMap(({ explanations }) => explanations.flatMap(allMissing)),
  ]);
  return [...new Set([...missing, ...own])];
}
