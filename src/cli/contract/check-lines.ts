import { formatLocation } from '../../domain/source-location.ts';
import type { Problem } from '../../metadata/problem.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import type { Style } from '../render/style.ts';
import type { DocumentCheck } from './check-documents.ts';
import { kindWords } from './compare-read.ts';
import { changeLine } from './comparison-lines.ts';

/** One document for a person: a line when it is well, else every error with what to type. */
export function documentLines(check: DocumentCheck, style: Style): string[] {
  const { file, kind, id, version, errors, comparison } = check;
  const sign = errors.length === 0 ? style('green', '✓') : style('red', '✗');
  const name =
    id === undefined
      ? kindWords[kind]
      : `${kindWords[kind]}: ${id}${version === undefined ? '' : ` ${version}`}`;
  const since = comparison === undefined ? '' : `, ${sinceWords(comparison)}`;
  return [
    `${sign} ${style('bold', file)}  ${name}${since}${errors.length === 0 ? '' : `, ${counted(errors.length, 'error')}`}`,
    ...errors.flatMap((problem) => problemLines(problem, style)),
    ...(comparison?.changes ?? []).map((change) => changeLine(change, style)),
  ];
}

function sinceWords({ changes, from }: NonNullable<DocumentCheck['comparison']>): string {
  return changes.length === 0 ? `as in ${from}` : `${counted(changes.length, 'change')} since ${from}`;
}

export function problemLines({ code, message, hint, location }: Problem, style: Style): string[] {
  return [
    `  ${style('red', 'error')} ${printable(formatLocation(location))} ${printable(message)} [${code}]`,
    ...(hint === undefined ? [] : [`    Try: ${printable(hint)}`]),
  ];
}

/** All documents in one line, for a check that is about more than them. */
export function summaryLine(checks: readonly DocumentCheck[], style: Style): string {
  const broken = checks.filter(({ errors }) => errors.length > 0).length;
  const sign = broken === 0 ? style('green', '✓') : style('red', '✗');
  const verdict =
    broken === 0 ? 'ok' : `${broken} of ${checks.length} with errors: aiworkflow contract check`;
  return `${sign} ${style('bold', 'contracts')}  ${counted(checks.length, 'document')}, ${verdict}`;
}
