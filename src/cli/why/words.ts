import type { Writer } from '../../lineage/answer.ts';
import type { Author } from '../../lineage/authors-of-call.ts';
import type { AskingModel, CallStory, PromptFile } from '../../lineage/call-story.ts';
import { formatTime } from '../render/duration.ts';

/** Of a table that a file was loaded into. */
export const loadedWords = (column: string, { call }: Writer): string =>
  `column ${column} as it was loaded${sourceColumn(column, call)}`;

/** Which column of the file it is, when the call said so. */
function sourceColumn(column: string, call: CallStory | undefined): string {
  const options = call?.arguments?.['options'] as
    | { readonly columns?: Readonly<Record<string, unknown>> }
    | undefined;
  const source = options?.columns?.[column];
  return typeof source === 'string' ? ` from "${source}"` : '';
}

/** Of rows that no call of a run has written. */
export function programWords({ tool, outside }: Pick<Writer, 'tool' | 'outside'>): string {
  return tool ?? (outside === undefined ? 'an unknown program' : `${outside}, from outside`);
}

export function callWords({ call, snapshot, ...by }: Writer): string {
  const at = snapshot.at === 0 ? '' : `, ${formatTime(snapshot.at)} UTC`;
  if (!call) return `${programWords(by)}${at} (snapshot ${snapshot.id})`;
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
  const { model, prompt, workflow, step } = call;
  if (model) return wordsOfModel(model, prompt);
  return isSql ? `the workflow itself: ${workflow.file ?? workflow.id}, step ${step}` : undefined;
}

/** The prompt step whose answer a document is. */
export const authorWords = ({ model, prompt, runId, step }: Author): string =>
  `${wordsOfModel(model, prompt)}, run ${runId}, step ${step}`;

function wordsOfModel({ asked, answered, source }: AskingModel, prompt: readonly PromptFile[]): string {
  const files = prompt.map(({ file, line, sha256 }) => `${file}:${line} (sha256 ${sha256.slice(0, 12)})`);
  const answer = answered === undefined || asked.endsWith(`:${answered}`) ? '' : ` (answered: ${answered})`;
  const recorded =
    source === 'recorded' ? ', from a recording' : source === 'edited' ? ', edited by a person' : '';
  return `${asked}${answer}${recorded}${files.length === 0 ? '' : `, prompt ${files.join(', ')}`}`;
}

/**
 * Who wrote the SQL: the model that made the call; of SQL from a document the one that wrote that; else the workflow. Steps
 * of one prompt are told together.
 */
export function sqlWords(writers: readonly Writer[]): string[] {
  const made = writers.flatMap(makersOf);
  return [...Map.groupBy(made, ({ who }) => who)].map(([who, parts]) => {
    const runs = Map.groupBy(
      parts.filter(({ runId }) => runId !== ''),
      ({ runId }) => runId,
    );
    const places = [...runs].map(([runId, steps]) => {
      const names = [...new Set(steps.map(({ step }) => step))];
      return `run ${runId}, ${names.length === 1 ? 'step' : 'steps'} ${names.join(', ')}`;
    });
    return [who, ...places].join(', ');
  });
}

interface Maker {
  readonly who: string;
  /** '' when the call that wrote the table says it already. */
  readonly runId: string;
  readonly step: string;
}

function makersOf({ call, mapping }: Writer): Maker[] {
  const authors = call?.model ? [] : (mapping?.document?.authors ?? []);
  const words = modelWords(call, true);
  if (authors.length === 0) return words === undefined ? [] : [{ who: words, runId: '', step: '' }];
  return authors.map(({ model, prompt, runId, step }) => ({ who: wordsOfModel(model, prompt), runId, step }));
}
