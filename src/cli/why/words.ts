import type { AppliedMapping, Approved, Writer } from '../../lineage/answer.ts';
import type { CallStory } from '../../lineage/call-story.ts';
import { formatTime } from '../render/duration.ts';

/** `round(b.price * r.rate, 2)   [mapping prices@1.2.0]` */
export function ruleWords(column: string | undefined, { mapping, load, call }: Writer): string | undefined {
  if (load && column !== undefined) return `column ${column} as it was loaded${sourceColumn(column, call)}`;
  if (!mapping) return undefined;
  const document = mapping.document ? `   [mapping ${mapping.document.document}]` : '';
  const [rule] = column === undefined ? [] : mapping.columns;
  if (!rule) return mapping.document ? `mapping ${mapping.document.document}` : undefined;
  const told = branchesOf(rule.expressions, mapping);
  const expressions = told.length > 0 ? told.join('\nor ') : 'an expression that is not understood';
  const unknown =
    rule.unknowns.length > 0
      ? `\nnot understood: ${rule.unknowns.join('; ')}; it may depend on everything that was in reach`
      : '';
  return `${expressions}${document}${unknown}`;
}

/** Of a UNION the branches that the row can be from: those of tables with no row behind it are not. */
function branchesOf(
  expressions: readonly string[],
  { inputs, rowsFollowed }: AppliedMapping,
): readonly string[] {
  if (rowsFollowed !== 'exact') return expressions;
  const absent = inputs.filter(({ rowsBehind }) => rowsBehind === 0).map(({ table }) => `${table}.`);
  const possible = expressions.filter((text) => !absent.some((table) => text.toLowerCase().includes(table)));
  return possible.length > 0 ? possible : expressions;
}

/** Which column of the file it is, when the call said so. */
function sourceColumn(column: string, call: CallStory | undefined): string {
  const options = call?.arguments?.['options'] as
    | { readonly columns?: Readonly<Record<string, unknown>> }
    | undefined;
  const source = options?.columns?.[column];
  return typeof source === 'string' ? ` from "${source}"` : '';
}

export function callWords({ call, snapshot, tool }: Writer): string {
  const at = snapshot.at === 0 ? '' : `, ${formatTime(snapshot.at)} UTC`;
  if (!call) return `${tool ?? 'an unknown program'}${at} (snapshot ${snapshot.id})`;
  const recorded =
    call.source === 'recorded'
      ? ', answered from a recording'
      : call.source === 'edited'
        ? ', edited by a person'
        : '';
  return `run ${call.runId}, step ${call.step}, call #${call.number} (${call.tool})${at}${recorded}`;
}

/** Whose words the call was made with. */
export function modelWords(call: CallStory | undefined, isSql: boolean): string | undefined {
  if (!call) return undefined;
  const prompt = call.prompt
    .map(({ file, line, sha256 }) => `${file}:${line} (sha256 ${sha256.slice(0, 12)})`)
    .join(', ');
  if (!call.model) {
    const file = call.workflow.file ?? call.workflow.id;
    return isSql ? `the workflow itself: ${file}, step ${call.step}` : undefined;
  }
  const { asked, answered, source } = call.model;
  const answer = answered === undefined || asked.endsWith(`:${answered}`) ? '' : ` (answered: ${answered})`;
  const recorded =
    source === 'recorded' ? ', from a recording' : source === 'edited' ? ', edited by a person' : '';
  return `${asked}${answer}${recorded}${prompt === '' ? '' : `, prompt ${prompt}`}`;
}

export function approvalWords({ contract, mapping }: Writer): string | undefined {
  const told = [
    ...(mapping?.document ? [documentWords('mapping', mapping.document)] : []),
    ...(contract ? [documentWords('contract', contract)] : []),
  ];
  return told.length > 0 ? told.join('\n') : undefined;
}

export function documentWords(kind: string, { document, approval }: Approved): string {
  if (!approval) return `${kind} ${document}: the catalog has no record of who let it come into force`;
  const at = `on ${formatTime(approval.at)} UTC`;
  if (approval.how === 'accepted')
    return `${kind} ${document}: accepted by ${approval.by ?? 'an unknown person'} ${at} (change ${approval.change ?? '?'}: ${approval.reason ?? ''})`;
  return `${kind} ${document}: registered ${at}${approval.call === undefined ? '' : ` by call ${approval.call}`}`;
}
