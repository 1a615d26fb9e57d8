import type { Hash } from '../../domain/hash.ts';
import { ExportError, parseRunExport, type RunExport, readRunExport } from '../../domain/run-export.ts';
import { messageOf } from '../../errors/index.ts';
import { sha256 } from './chain-hash.ts';
import { changedText } from './checked-texts.ts';
import { type LogVerification, type Problem, verification } from './verification.ts';
import { type CheckText, verifyRunEvents } from './verify-run-events.ts';

/**
 * Re-derives every hash of an exported run from the text of its file alone. Throws ExportError when the file is written in a
 * newer version of the format: nothing can be said about it.
 */
export function verifyExport(text: string): LogVerification {
  const exported = parsed(text);
  if ('what' in exported) return verification([], [exported]);
  const found = exported.events.map(({ event, hash }, index) => ({
    seq: index + 1,
    link: hash,
    read: () => event,
  }));
  const checked = verifyRunEvents(exported.runId, found, textsOf(exported));
  const lines = linesOf(text);
  const placed = checked.problems.map((problem) => withLine(problem, lines));
  // The file is one run: what is wrong with a text of it is wrong with the run.
  const run = { ...checked, problems: [...placed, ...unfitTexts(exported, lines)] };
  return verification([run], frameProblems(exported, run.root), {
    redacted: exported.redacted.size,
    pruned: 0,
    unwiped: false,
  });
}

function parsed(text: string): RunExport | Problem {
  try {
    return parseRunExport(text);
  } catch (error) {
    if (error instanceof ExportError && error.fault === 'newer') throw error;
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

interface ExportLines {
  /** By the event's number in its run. */
  readonly events: ReadonlyMap<number, number>;
  readonly texts: ReadonlyMap<Hash, number>;
}

/** Which line of the file each event and text stands in. */
function linesOf(text: string): ExportLines {
  const events = new Map<number, number>();
  const texts = new Map<Hash, number>();
  for (const line of readRunExport(text.split('\n'))) {
    if (line.kind === 'event') events.set(events.size + 1, line.lineNumber);
    if (line.kind === 'text') texts.set(line.hash, line.lineNumber);
  }
  return { events, texts };
}

function withLine(problem: Problem, { events }: ExportLines): Problem {
  const line = problem.seq === undefined ? undefined : events.get(problem.seq);
  return line === undefined ? problem : { ...problem, line };
}

function unfitTexts({ blobs }: RunExport, { texts }: ExportLines): Problem[] {
  return [...blobs]
    .filter(([hash, text]) => sha256(text) !== hash)
    .map(([hash]) => {
      const line = texts.get(hash);
      return { what: changedText(hash), ...(line !== undefined && { line }) };
    });
}
