import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import type { Style } from '../render/style.ts';
import type { ContractCheck } from './check-contract.ts';

const shownAtMost = 20;

/** What became of the answers, for a person. */
export function contractLines(check: ContractCheck, style: Style): string[] {
  const { contract, answers, passed, failed, redacted, runs, steps } = check;
  const name = style('bold', printable(contract));
  const gone = redacted === 0 ? [] : [`  ${counted(redacted, 'answer')} more not readable: redacted`];
  if (answers === 0)
    return [
      `– ${name}  no accepted answer of a step with this contract is in the log: nothing to hold against it`,
      ...gone,
    ];
  const sign = failed.length === 0 ? style('green', '✓') : style('red', '✗');
  const of = `of the last ${counted(answers, 'answer')} (${steps.map(printable).join(', ')}; ${counted(runs, 'run')})`;
  return [
    failed.length === 0
      ? `${sign} ${name}  each ${of} would still pass`
      : `${sign} ${name}  ${passed} ${of} would still pass, ${failed.length} would not`,
    ...failed
      .slice(0, shownAtMost)
      .flatMap(({ runId, step, issues }) => [
        `  ${runId} ${printable(step)}`,
        ...issues.map((issue) => `    - ${printable(issue)}`),
      ]),
    ...(failed.length > shownAtMost ? [`  and ${failed.length - shownAtMost} more: --json lists all`] : []),
    ...gone,
  ];
}

/** There is no log. */
export const nothingToHold = (contract: string): ContractCheck => ({
  contract,
  answers: 0,
  passed: 0,
  failed: [],
  redacted: 0,
  runs: 0,
  steps: [],
});
