import type { Explanation, Writer } from '../../lineage/answer.ts';
import { clipLine } from '../render/clip.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import { quoted } from '../render/quoted.ts';
import { withPlace } from '../suggested-commands.ts';
import type { WhyPage } from './page-options.ts';
import { inputsOf, isReference } from './rule-chain.ts';
import { programWords } from './words.ts';

/** A table or a column, and what it was made of: one line for each table, and how to see more. */
export function shortChain(explanation: Explanation, page: WhyPage): string[] {
  if (explanation.writers.length === 0) return [];
  const { table, column } = explanation;
  const asked = withPlace(
    `aiworkflow why ${quoted(`${table}${column === undefined ? '' : `.${column}`}`)}${page.at ?? ''}`,
    page.place,
  );
  const references = new Set<string>();
  const lines = tableLines(explanation, { depth: 1, references });
  const known = references.size > 0 ? [`  reference tables: ${[...references].join(', ')}`] : [];
  return [
    page.style('dim', 'The chain'),
    ...[...lines, ...known].map((line) => clipLine(printable(line), Math.max(80, page.columns))),
    '',
    `${asked} --key <column>=<value>   (one row: its record, the rule, the check)`,
    `${asked} --full   (every statement, call and file)`,
  ];
}

const mostLines = 60;

interface Place {
  readonly depth: number;
  /** Tables that only hold what the business says: every mapping joins the same ones, they are told by name. */
  readonly references: Set<string>;
}

function tableLines(explanation: Explanation, { depth, references }: Place): string[] {
  const { table, column, snapshot, writers, furtherWriters, seenAbove } = explanation;
  const [writer] = writers;
  const rows = snapshot?.totalRows === undefined ? '' : `, ${counted(snapshot.totalRows, 'row')}`;
  const earlier = writers.length - 1 + furtherWriters;
  const more = earlier > 0 ? `, and ${counted(earlier, 'earlier write')}` : '';
  const by = seenAbove ? ', told above' : writer ? `: ${writerWords(writer)}${more}` : '';
  const head = `${'  '.repeat(depth)}${table}${column === undefined ? '' : `.${column}`}${rows}${by}`;
  const lines = [head, ...inputLines(writers, { depth: depth + 1, references })];
  return lines.length > mostLines
    ? [...lines.slice(0, mostLines), `${'  '.repeat(depth)}… ${lines.length - mostLines} more lines`]
    : lines;
}

function writerWords({ mapping, load, call, snapshot, ...by }: Writer): string {
  const what = mapping?.document ? `mapping ${mapping.document.document}, ` : load ? `${load.file}, ` : '';
  const who = call ? `run ${call.runId}, step ${call.step}, call #${call.number}` : programWords(by);
  return `${what}${who} (snapshot ${snapshot.id})`;
}

function inputLines(writers: readonly Writer[], { depth, references }: Place): string[] {
  const told = writers.flatMap(inputsOf);
  for (const { table, writers: by } of told) if (by[0] && isReference(by[0])) references.add(table);
  return told
    .filter(({ table }) => !references.has(table))
    .flatMap((one) => tableLines(one, { depth, references }));
}
