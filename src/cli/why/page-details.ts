import type {
  Approved,
  Explanation,
  Load,
  MappingInput,
  TableDecision,
  Writer,
} from '../../lineage/answer.ts';
import type { CallStory } from '../../lineage/call-story.ts';
import { clipLine, clipText, indent } from '../render/clip.ts';
import { counted } from '../render/counts.ts';
import { formatTime } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import { recordPlace } from '../render/record-place.ts';
import { withPlace } from '../suggested-commands.ts';
import { documentWords } from './decided-words.ts';
import { pairs, shown, type WhyPage } from './page-options.ts';
import { isReference } from './rule-chain.ts';
import { absentBranches, branchesOf } from './rule-words.ts';
import { authorWords, callWords, modelWords } from './words.ts';

/** The whole chain, each table further in than the one that read it. */
export function detailLines(explanation: Explanation, page: WhyPage, depth = 1): string[] {
  const { table, column, snapshot, row, writers, furtherWriters, decisions, seenAbove } = explanation;
  const at = snapshot
    ? ` at snapshot ${snapshot.id}, ${formatTime(snapshot.at)} UTC${snapshot.totalRows === undefined ? '' : `, ${counted(snapshot.totalRows, 'row')}`}`
    : '';
  const lines = [
    page.style('cyan', printable(`${table}${column === undefined ? '' : `.${column}`}${at}`)),
    ...(seenAbove ? ['  told above'] : []),
    ...(row ? rowLines(row) : []),
    ...decisions.map((decision) => `  ${printable(decisionWords(decision))}`),
    ...writers.flatMap((writer) => writerLines(writer, page, depth)),
    ...(furtherWriters > 0
      ? [`  … and ${counted(furtherWriters, 'earlier writer')}; --at <snapshot> shows them`]
      : []),
  ];
  return lines.map((line) => `${'  '.repeat(Math.min(depth, 8))}${line}`);
}

function rowLines({ key, values, found }: NonNullable<Explanation['row']>): string[] {
  const more = found > 1 ? [`  ${found} rows fit; the first is told`] : [];
  const cells = Object.entries(values).map(([name, value]) => `${name} ${shown(value)}`);
  return [
    ...more,
    `  row ${clipLine(printable(pairs(key)), 160)}`,
    ...indent(clipText(cells.join('; '), { lines: 2, columns: 400 }).text, '    ').split('\n'),
  ];
}

function writerLines(writer: Writer, page: WhyPage, depth: number): string[] {
  const { call, load, mapping, contract, snapshot, rows } = writer;
  const facts: readonly string[] = [
    `snapshot ${snapshot.id} (${snapshot.operation}${rows === undefined ? '' : `, ${counted(rows, 'row')} of it in the table`})`,
    `written by ${callWords(writer)}`,
    ...(call ? callLines(call, page) : []),
    ...(contract ? approvedLines(contract) : []),
    ...(mapping?.document ? approvedLines(mapping.document) : []),
    ...(load ? loadLines(load) : []),
  ];
  const told = facts.map((fact) => `  ${printable(fact)}`);
  // What a call wrote as it is has SQL that says no more than its rows.
  return [...told, ...(mapping && !isReference(writer) ? mappingLines(mapping, page, depth) : [])];
}

function callLines(call: CallStory, page: WhyPage): string[] {
  const show = (number: number): string =>
    withPlace(`  aiworkflow show ${call.runId} --call ${number}`, page.place);
  const facts: readonly (string | undefined)[] = [
    show(call.number),
    call.model && `asked for by ${modelWords(call, false)}`,
    call.model && `${show(call.model.call)}   (the rendered prompt and the answer)`,
    `workflow ${call.workflow.id}${call.workflow.file === undefined ? '' : ` (${call.workflow.file})`}${call.workflow.definition === undefined ? '' : `, definition ${call.workflow.definition.slice(0, 12)}`}`,
    call.decision && `decided: ${call.decision.decision} by ${call.decision.by} (${call.decision.why})`,
  ];
  return facts.flatMap((fact) => fact ?? []);
}

const approvedLines = (approved: Approved): string[] => [
  documentWords(approved),
  ...approved.authors.map((author) => `  written by ${authorWords(author)}`),
];

function loadLines(load: Load): string[] {
  const { file, sha256, vendor, line, rowsRead, rowsLoaded, rowsRejected, source } = load;
  const state = {
    same: 'is there, unchanged',
    changed: 'has other content now',
    gone: 'is not there any more',
    unreadable: 'cannot be read',
  };
  return [
    `file ${file}${vendor === undefined ? '' : ` of ${vendor}`}${line === undefined ? '' : `, ${recordPlace(line, { file, format: source?.format })}`}`,
    `  sha256 ${sha256}`,
    ...(rowsRead === undefined
      ? []
      : [`  ${rowsRead} read = ${rowsLoaded} loaded + ${rowsRejected} rejected`]),
    ...(source
      ? [
          `  the file ${state[source.state]}${source.path === undefined ? '' : `: ${source.path}`}${source.note === undefined ? '' : ` (${source.note})`}`,
        ]
      : []),
    ...(source?.raw === undefined ? [] : [`  ${source.raw.trimEnd()}`]),
  ];
}

function mappingLines(mapping: NonNullable<Writer['mapping']>, page: WhyPage, depth: number): string[] {
  const { sql, sqlSha256, columns, reviewed, notes, inputs, rowsFollowed } = mapping;
  const absent = absentBranches(mapping);
  const isThere = ({ table }: { readonly table: string }): boolean => !absent.has(table.toLowerCase());
  const rules = columns.flatMap(({ column, expressions, direct, indirect, unknowns }) => [
    `  ${column} = ${branchesOf(expressions, mapping).join(' | ') || '(not understood)'}`,
    ...reviewed
      .filter((one) => columns.length === 1 && one.column === column)
      .map((one) => `    as reviewed: ${one.rule}`),
    ...(columns.length > 1
      ? []
      : [
          ...direct
            .filter(isThere)
            .map((one) => `    from ${one.table}.${one.column} (${one.use.toLowerCase()})`),
          ...indirect
            .filter(isThere)
            .map((one) => `    decided by ${one.table}.${one.column} (${one.uses.join(', ').toLowerCase()})`),
        ]),
    ...unknowns.map((one) => `    not understood: ${one}`),
  ]);
  const followed = rowsFollowed === 'candidates' ? ['rows below are candidates: they share the key'] : [];
  return [
    ...rules.map((line) => `  ${printable(line)}`),
    ...(sql === undefined
      ? []
      : [
          `  SQL (sha256 ${sqlSha256?.slice(0, 12)}):`,
          ...indent(clipText(sql, { lines: 30, columns: 160 }).text, '    ').split('\n'),
        ]),
    ...[...followed, ...notes].map((note) => `  note: ${printable(note)}`),
    ...inputs.filter(isThere).flatMap((input) => inputLines(input, page, depth)),
    ...(absent.size > 0
      ? [
          `  and ${absent.size} other ${absent.size === 1 ? 'branch' : 'branches'} of the UNION, with no row behind this one`,
        ]
      : []),
  ];
}

function inputLines(
  { table, snapshotId, rowsBehind, readInPlaces, explanations }: MappingInput,
  page: WhyPage,
  depth: number,
): string[] {
  const told = explanations.length;
  const rows =
    rowsBehind === undefined
      ? ''
      : `, ${counted(rowsBehind, 'row')} behind it${rowsBehind > told && told > 0 ? ` (${told} told)` : ''}${readInPlaces === undefined ? '' : `, in ${readInPlaces} places of the SQL`}`;
  return [
    `  read ${printable(table)}${snapshotId === null ? ', which was empty' : ` at snapshot ${snapshotId}`}${rows}`,
    ...explanations.flatMap((one) => detailLines(one, page, depth + 1)),
  ];
}

function decisionWords({ what, status, by, at, reason, call }: TableDecision): string {
  const decided = by === undefined ? '' : ` by ${by}${at === undefined ? '' : ` on ${formatTime(at)} UTC`}`;
  return `${what}: ${status}${decided}${reason === undefined ? '' : ` (${reason})`}${call === undefined ? '' : `, asked for by ${call}`}`;
}
