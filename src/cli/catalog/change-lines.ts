import type { Asking, Change } from '../../servers/catalog/changes/change.ts';
import { differenceText } from '../../servers/catalog/changes/difference-text.ts';
import { clipLine } from '../render/clip.ts';
import { printable } from '../render/printable.ts';
import type { Ink, Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import type { AskingModels } from './asking-models.ts';

interface LineOptions {
  readonly style: Style;
  readonly columns: number;
}

const inks: Readonly<Record<Change['state'], Ink>> = {
  proposed: 'yellow',
  accepted: 'green',
  rejected: 'red',
};

/** One line for each change, the oldest first. */
export function changeTable(changes: readonly Change[], { style, columns }: LineOptions): string[] {
  const rows = changes.map((change) => [
    change.id,
    style(inks[change.state], change.state),
    `${change.kind} ${change.documentId}`,
    `${change.from.version} -> ${change.to.version}`,
    change.breaking ? style('red', 'breaking') : '',
    clipLine(oneLine(change.askings[0]?.reason ?? ''), Math.max(20, columns - 90)),
  ]);
  return renderTable(rows);
}

interface PageOptions extends LineOptions {
  readonly obstacle: string | undefined;
  readonly models: AskingModels;
}

/** Everything about one change that a person needs in order to decide. */
export function changePage(change: Change, { style, columns, obstacle, models }: PageOptions): string[] {
  const { id, state, kind, documentId, from, to, breaking, differences, askings, decision } = change;
  const changed = breaking ? style('red', 'breaks what reads the data by the old version') : 'not breaking';
  return [
    `${style('bold', id)}  ${style(inks[state], state)}`,
    `${kind} ${style('bold', documentId)} ${from.version} -> ${to.version}, ${changed}`,
    ...askings.map(
      ({ reason, origin, atMs }) =>
        `asked  ${dayAndTime(atMs)} by ${callerOf(origin, models)}: ${oneLine(reason)}`,
    ),
    ...(decision
      ? [
          `${decision.decision}  ${dayAndTime(decision.atMs)} by ${printable(decision.by)}${decision.because === undefined ? '' : `: ${oneLine(decision.because)}`}`,
        ]
      : []),
    ...(obstacle === undefined ? [] : [style('red', `cannot be accepted: ${printable(obstacle)}`)]),
    '',
    ...differences.map((difference) => `- ${clipLine(oneLine(difference), columns - 2)}`),
    '',
    ...differenceText(change.was, change.now).map((line) => inked(printable(line), style)),
  ];
}

function callerOf(origin: Asking['origin'], models: AskingModels): string {
  if (!origin) return 'an unnamed caller';
  const named = models.get(origin.call) ?? [];
  const model = named.length === 0 ? '' : ` of ${named.join(', ')}`;
  return printable(`call ${origin.call}${model}`);
}

export const dayAndTime = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

const oneLine = (text: string): string => printable(text).replaceAll(/\s+/g, ' ').trim();

function inked(line: string, style: Style): string {
  if (line.startsWith('- ')) return style('red', line);
  if (line.startsWith('+ ')) return style('green', line);
  return line.startsWith('@@ ') ? style('dim', line) : line;
}
