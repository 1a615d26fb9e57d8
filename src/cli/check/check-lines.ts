import type { CheckReport } from '../../definitions/index.ts';
import { formatLocation } from '../../domain/source-location.ts';
import { counted } from '../render/counts.ts';
import { formatCost } from '../render/money.ts';
import { printable } from '../render/printable.ts';
import type { Style } from '../render/style.ts';
import { withPlace } from '../suggested-commands.ts';
import type { WorkflowCheck } from './check-one.ts';

type Finding = CheckReport['errors'][number];

/** The report of one workflow for a person. */
export function checkLines(
  check: WorkflowCheck,
  { style, place }: { readonly style: Style; readonly place: string },
): string[] {
  const told = ({ hint, ...finding }: Finding): Finding =>
    hint === undefined ? finding : { ...finding, hint: withPlace(hint, place) };
  const sign = check.errors.length === 0 ? style('green', '✓') : style('red', '✗');
  return [
    `${sign} ${style('bold', check.workflow)}  ${summary(check)}`,
    ...check.errors.flatMap((finding) => findingLines(told(finding), style('red', 'error'))),
    ...check.warnings.flatMap((finding) => findingLines(told(finding), style('yellow', 'warning'))),
    ...Object.entries(check.tools).map(
      ([server, names]) => `  tools    ${server}: ${counted(names.length, 'tool')} (${short(server, names)})`,
    ),
    ...(check.errors.length === 0 ? costLines(check.cost) : []),
  ];
}

function summary({ errors, warnings }: WorkflowCheck): string {
  if (errors.length === 0 && warnings.length === 0) return 'ok';
  return `${counted(errors.length, 'error')}, ${counted(warnings.length, 'warning')}`;
}

function findingLines({ code, message, hint, location }: Finding, kind: string): string[] {
  const place = location ? `${formatLocation(location)} ` : '';
  // An error of loading carries its place in its message already.
  const text = message.startsWith(place) ? message : place + message;
  return [
    `  ${kind} ${printable(text)} [${code}]`,
    ...(hint === undefined ? [] : [`    Try: ${printable(hint).replaceAll('\n', '\n         ')}`]),
  ];
}

const short = (server: string, names: readonly string[]): string =>
  names.map((name) => name.slice(server.length + 1)).join(', ');

function costLines({ lowUsd, highUsd, steps, formerRuns }: CheckReport['cost']): string[] {
  const former = formerRuns
    ? [
        `           ${counted(formerRuns.count, 'former run')}: ${formatCost(formerRuns.minUsd)} to ${formatCost(formerRuns.maxUsd)}, half of them up to ${formatCost(formerRuns.medianUsd)}`,
      ]
    : [];
  return [`  cost     ${range({ lowUsd, highUsd, steps })}`, ...former];
}

function range({ lowUsd, highUsd, steps }: CheckReport['cost']): string {
  if (steps.length === 0) return '$0 a run: no model takes part';
  if (lowUsd === null) {
    const models = new Set(
      steps.filter((step) => step.lowUsd === null).map((step) => step.model ?? 'a step without a model'),
    );
    return `unknown: no price of ${[...models].join(', ')} (give it one under \`prices:\` in aiworkflow.yaml)`;
  }
  if (highUsd === null)
    return `at least ${formatCost(lowUsd)} a run; nothing bounds it (a loop, and no \`budget:\`)`;
  return `${formatCost(lowUsd)} to ${formatCost(highUsd)} a run (the latter if every limit is used up)`;
}
