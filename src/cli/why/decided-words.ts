import type { Approved, Explanation } from '../../lineage/answer.ts';
import { formatTime } from '../render/duration.ts';
import { inputsOf, isReference } from './rule-chain.ts';

/** Documents in the chain, each once; the one of the asked table first. Of reference tables those that gave the value. */
export function documentsIn(explanation: Explanation): Approved[] {
  // Of a reference table that was asked for itself they are the answer.
  const asked = explanation.writers.flatMap(({ contract }) => contract ?? []);
  const found = [...asked, ...allDocuments(explanation)];
  return [...new Map(found.map((one) => [`${one.kind} ${one.document}`, one])).values()];
}

function allDocuments({ writers, column }: Explanation): Approved[] {
  return writers.flatMap((writer) => {
    if (isReference(writer) && column === undefined) return [];
    const own = [writer.mapping?.document, writer.contract].flatMap((one) => (one ? [one] : []));
    return [...own, ...inputsOf(writer).flatMap(allDocuments)];
  });
}

// More documents than these are told by what was decided about them.
const toldOneByOne = 4;

/** Who let the documents of the chain come into force: what a person accepted first, then what nobody did. */
export function decidedWords(documents: readonly Approved[]): string | undefined {
  if (documents.length === 0) return undefined;
  const accepted = documents.filter(({ approval }) => approval?.how === 'accepted');
  const others = documents.filter((one) => !accepted.includes(one));
  const one = accepted.map(documentWords);
  if (others.length <= toldOneByOne) return [...one, ...others.map(documentWords)].join('\n');
  const groups = Map.groupBy(others, groupOf);
  return [...one, ...[...groups].map(([what, members]) => `${what}: ${names(members)}`)].join('\n');
}

const names = (documents: readonly Approved[]): string =>
  documents.map(({ document, kind }) => `${kind} ${document}`).join(', ');

function groupOf({ approval, place, status }: Approved): string {
  if (approval) return status === 'draft' ? 'drafts, accepted by nobody' : 'registered, accepted by nobody';
  return place === undefined ? 'the catalog has no record of them' : 'as people wrote them';
}

export function documentWords(approved: Approved): string {
  const { document, approval, place, status: says, kind } = approved;
  const name = `${kind} ${document}`;
  if (!approval && place !== undefined) {
    const status = says === undefined ? '' : ` (${says})`;
    return `${name}: as people wrote it in ${place}${status}`;
  }
  if (!approval) return `${name}: the catalog has no record of who let it come into force`;
  const at = `on ${formatTime(approval.at)} UTC`;
  if (approval.how === 'accepted')
    return `${name}: accepted by ${approval.by ?? 'an unknown person'} ${at} (change ${approval.change ?? '?'}: ${approval.reason ?? ''})`;
  const call = approval.call === undefined ? '' : ` by run ${runOf(approval.call)}`;
  const status = says === undefined ? 'registered' : `${says}, registered`;
  return `${name}: ${status} ${at}${call}, accepted by nobody`;
}

const runOf = (call: string): string => call.split('/', 1)[0] ?? call;
