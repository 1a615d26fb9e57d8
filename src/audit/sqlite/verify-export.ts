import { parseRunExport, type RunExport } from '../../domain/run-export.ts';
import { messageOf } from '../../errors/index.ts';
import { sha256 } from './chain-hash.ts';
import { changedText } from './checked-texts.ts';
import { type LogVerification, type Problem, verification } from './verification.ts';
import { type CheckText, verifyRunEvents } from './verify-run-events.ts';

/** Re-derives every hash of an exported run from the text of its file alone. */
export function verifyExport(text: string): LogVerification {
  const exported = parsed(text);
  if ('what' in exported) return verification([], [exported]);
  const found = exported.events.map(({ event, hash }, index) => ({
    seq: index + 1,
    link: hash,
    read: () => event,
  }));
  const run = verifyRunEvents(exported.runId, found, textsOf(exported));
  const problems = [...frameProblems(exported, run.root), ...unfitTexts(exported)];
  return verification([run], problems, {
    redacted: exported.redacted.size,
    pruned: 0,
    unwiped: false,
  });
}

function parsed(text: string): RunExport | Problem {
  try {
    return parseRunExport(text);
  } catch (error) {
    return { what: messageOf(error) };
  }
}

function textsOf({ blobs, redacted }: RunExport): CheckText {
  return (hash) => {
    const text = blobs.get(hash);
    if (text !== undefined) return { text: () => text };
    return redacted.has(hash) ? { redacted: true } : { problem: `the text under ${hash} is not in the file` };
  };
}

/** The first and the last line stand outside the chain: what they say must be what the events say. */
export function frameProblems(
  { events, workflowId, program, root }: Pick<RunExport, 'events' | 'workflowId' | 'program' | 'root'>,
  derivedRoot: string,
): Problem[] {
  const started = events[0]?.event;
  const agrees =
    started?.type === 'run-started' && started.workflowId === workflowId && started.program === program;
  return [
    ...(agrees ? [] : [{ what: 'the first line names another workflow or program than the run does' }]),
    ...(root === derivedRoot ? [] : [{ what: `the last line gives another root than the events: ${root}` }]),
  ];
}

function unfitTexts({ blobs }: RunExport): Problem[] {
  return [...blobs]
    .filter(([hash, text]) => sha256(text) !== hash)
    .map(([hash]) => ({ what: changedText(hash) }));
}
