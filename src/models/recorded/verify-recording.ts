import { hash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Json } from '../../domain/json.ts';
import { firstLinkText, nextLinkText, type RunExport } from '../../domain/run-export.ts';
import { LogError } from '../../errors/index.ts';

/**
 * Throws LOG_CORRUPT unless every text and every event fits its hash: an answer that somebody has edited would be
 * taken for what a model said.
 */
export function requireVerified(recording: RunExport, path: string): void {
  const fault = changedText(recording) ?? changedEvent(recording);
  if (fault === undefined) return;
  throw new LogError({
    code: 'LOG_CORRUPT',
    message: `the recording ${path} was changed after it was written: ${fault}`,
    hint: `aiworkflow verify ${path} lists all that does not fit; export the run anew: aiworkflow export <run> > ${path}`,
    details: { path },
  });
}

function changedText({ blobs }: RunExport): string | undefined {
  for (const [named, text] of blobs)
    if (sha256(text) !== named) return `the text under ${named} has another hash`;
  return undefined;
}

function changedEvent({ runId, events, root }: RunExport): string | undefined {
  let link = sha256(firstLinkText(runId));
  for (const [index, { event, hash: written }] of events.entries()) {
    link = sha256(nextLinkText(link, canonicalJson(event as unknown as Json)));
    if (link !== written) return `event ${index + 1} (${event.type}) does not fit its hash`;
  }
  return link === root ? undefined : 'the last line gives another root than the events';
}

const sha256 = (text: string) => hash('sha256', text, 'hex');
