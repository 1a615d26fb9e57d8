import { canonicalJson } from '../domain/canonical-json.ts';
import type { Json } from '../domain/json.ts';
import type { LoadedStep, LoadedWorkflow } from '../domain/loaded-workflow.ts';
import { idOfPart, stepOfPosition } from '../domain/position.ts';
import type { AuditReader } from '../ports/audit-log.ts';
import { type AskingModel, askingModel, type CallStory, type PromptFile, promptFiles } from './call-story.ts';
import { loadText, type RecordedStep, type RunRecord, stepAt } from './run-record.ts';

/** A prompt step whose answer a call was made with. */
export interface Author {
  readonly runId: string;
  readonly step: string;
  readonly model: AskingModel;
  readonly prompt: readonly PromptFile[];
}

/**
 * Whose words a call was made with: the model that asked for it; of a `call:` step the prompt steps that its templates
 * refer to. An item of a `forEach` is looked for in their answers, so that only the step that gave it is named.
 */
export function authorsOfCall(log: AuditReader, { record, story }: AuthorRequest): Author[] {
  const { runId, step, model, prompt } = story;
  if (model) return [{ runId, step, model, prompt }];
  return answersFor(log, { record, path: step }).flatMap((path): Author[] => {
    const last = lastTurn(record, path);
    const asked = last === 0 ? undefined : askingModel(record, `${path}/t${last}.1`);
    return asked ? [{ runId, step: path, model: asked, prompt: promptFiles(record, path) }] : [];
  });
}

interface AuthorRequest {
  readonly record: RunRecord;
  readonly story: CallStory;
}

/** Paths of the prompt steps beside this one that its templates refer to. */
function answersFor(log: AuditReader, { record, path }: { record: RunRecord; path: string }): string[] {
  const { definition, steps } = record;
  const step = definition && stepAt(definition, path);
  if (!step || !definition) return [];
  const around = path.slice(0, path.lastIndexOf('/') + 1);
  const prompts = promptsReferredTo(step, { definition, around });
  const ran = [...steps.values()].filter(({ path: other }) => {
    const name = other.slice(around.length);
    return other.startsWith(around) && !name.includes('/') && prompts.has(idOfPart(name));
  });
  const item = itemOf(log, steps.get(path));
  if (item === undefined) return ran.map(({ path: one }) => one);
  return ran.filter((one) => holds(resultOf(log, one), item)).map(({ path: one }) => one);
}

function promptsReferredTo(
  step: LoadedStep,
  { definition, around }: { definition: LoadedWorkflow; around: string },
): ReadonlySet<string> {
  const names = step.references.map(({ path }) => path[0] ?? '');
  const isPrompt = (id: string): boolean => stepAt(definition, `${around}${id}`)?.kind === 'prompt';
  return new Set(names.filter((name) => name !== '' && isPrompt(name)));
}

function itemOf(log: AuditReader, step: RecordedStep | undefined): string | undefined {
  const loaded = step?.item === undefined ? undefined : loadText(log, step.item);
  return loaded && 'text' in loaded ? canonicalJson(JSON.parse(loaded.text) as Json) : undefined;
}

function resultOf(log: AuditReader, { result }: RecordedStep): Json {
  const loaded = result === undefined ? undefined : loadText(log, result);
  return loaded && 'text' in loaded ? (JSON.parse(loaded.text) as Json) : null;
}

function holds(value: Json, item: string): boolean {
  if (value === null || typeof value !== 'object') return false;
  return canonicalJson(value) === item || Object.values(value).some((member) => holds(member ?? null, item));
}

function lastTurn({ calls }: RunRecord, path: string): number {
  const turns = [...calls.keys()].flatMap((position) => {
    const turn = /\/m(\d+)$/.exec(position)?.[1];
    return turn !== undefined && stepOfPosition(position) === path ? [Number(turn)] : [];
  });
  return Math.max(0, ...turns);
}
