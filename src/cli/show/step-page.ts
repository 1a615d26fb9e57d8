import {
  type AssistantMessage,
  type ToolCallPart,
  type ToolMessage,
  toolCallsOf,
} from '../../domain/message.ts';
import type { CallState, StepState } from '../../engine/runs/fold-run.ts';
import { clipText, indent } from '../render/clip.ts';
import { counted } from '../render/counts.ts';
import { formatDuration } from '../render/duration.ts';
import { formatCost } from '../render/money.ts';
import { printable } from '../render/printable.ts';
import { mark, stepLines } from '../render/step-lines.ts';
import { formatUsage } from '../render/tokens.ts';
import { withPlace } from '../suggested-commands.ts';
import { lostWords, sourceWords } from './call-end-words.ts';
import { addedMessages, modelRequestOf, toolRequestOf } from './call-request.ts';
import { failureLines } from './failure-lines.ts';
import { contentText, messageText } from './message-text.ts';
import type { PageOptions } from './run-page.ts';
import { callsOf, type RunSource } from './run-source.ts';

interface StepView {
  readonly source: RunSource;
  readonly step: StepState;
  readonly options: PageOptions;
}

/** A step's whole conversation, turn by turn: what was asked, which tools were called with what, what was refused and why. */
export async function stepPage(source: RunSource, step: StepState, options: PageOptions): Promise<string[]> {
  const view = { source, step, options };
  const calls = callsOf(source.run, step.path);
  return [
    `${mark(step, options.style)} ${options.style('bold', step.path)}  ${step.kind}, ${step.status}`,
    ...(step.item === undefined
      ? []
      : [
          `item: ${clip(
            view,
            source.text(step.item, (note) => note),
            5,
          )}`,
        ]),
    ...frameLines(view, calls),
    ...partLines(view),
    ...calls.flatMap((call) =>
      call.begun.call === 'model' ? turnLines(view, call) : directCallLines(view, call),
    ),
    ...(await failureLines(step.error, options)),
  ];
}

/** What stays the same in every turn: model, settings, tools, contract. */
function frameLines({ source }: StepView, calls: readonly CallState[]): string[] {
  const first = calls.find((call) => call.begun.call === 'model');
  if (!first) return [];
  const { model, settings, tools, outputName } = modelRequestOf(source, first);
  const set = Object.keys(settings).length === 0 ? '' : `, settings ${printable(JSON.stringify(settings))}`;
  return [
    `model ${printable(model)}${set}`,
    ...(tools.length === 0 ? [] : [`tools ${tools.map((tool) => printable(tool.name)).join(', ')}`]),
    ...(outputName === undefined ? [] : [`answers must keep the contract "${printable(outputName)}"`]),
  ];
}

/** Items, rounds and inner steps: each has a page of its own. */
function partLines({ source, step, options }: StepView): string[] {
  const inside = [...source.run.steps].filter(([path]) => path !== step.path && isInside(path, step.path));
  if (inside.length === 0) return [];
  return ['', ...stepLines({ steps: new Map(inside) }, options)];
}

export const isInside = (path: string, step: string): boolean =>
  path.startsWith(step) && '[~/!'.includes(path.charAt(step.length));

function turnLines(view: StepView, call: CallState): string[] {
  const { source, options } = view;
  const attempt = call.begun.attempt === undefined ? '' : `, attempt ${call.begun.attempt}`;
  return [
    '',
    options.style('bold', `turn ${call.turn}${attempt}`) + options.style('dim', `  ${callFacts(call)}`),
    ...newMessages(view, call),
    ...adaptationLines(view, call),
    ...answerLines(view, call),
    ...checkLines(view, call),
    ...toolLines(view, call, answerOf(source, call)),
  ];
}

function callFacts(call: CallState): string {
  const { number, begun, ended } = call;
  if (!ended) return `#${number} ${begun.name}, ${lostWords(call)}`;
  const spent = ended.usage ? [formatUsage(ended.usage), formatCost(ended.costUsd ?? null)] : [];
  return [
    `#${number} ${begun.name}`,
    ...spent,
    formatDuration(ended.durationMs),
    ...sourceWords(ended, 'replayed from a recording'),
  ].join(', ');
}

/** Prompts and repair requests. Answers and tool results that join here were shown where they came from. */
function newMessages(view: StepView, call: CallState): string[] {
  return addedMessages(view.source, call)
    .filter((message) => message.role === 'system' || message.role === 'user' || call.turn === 1)
    .flatMap((message) => [labelled(view, message.role, excerpt(view, messageText(message), call))]);
}

function adaptationLines({ step, options }: StepView, call: CallState): string[] {
  const told = step.adaptations.filter(({ turn, to }) => turn === call.turn && to === call.begun.name);
  return told.map(({ from, to, dropped, converted }) =>
    options.style(
      'yellow',
      `  what ${printable(from)} had said went on to ${printable(to)}: ${counted(dropped, 'item')} of its reasoning and server tools left out, ${counted(converted, 'item')} as plain text and calls`,
    ),
  );
}

const answerOf = (source: RunSource, call: CallState): AssistantMessage | undefined =>
  call.ended?.result === undefined
    ? undefined
    : source.json<AssistantMessage>(call.ended.result, (note) => ({
        role: 'assistant',
        parts: [{ type: 'text', text: note }],
      }));

function answerLines(view: StepView, call: CallState): string[] {
  const { ended } = call;
  if (!ended) return [view.options.style('yellow', `  begun, and ${lostWords(call)}`)];
  if (ended.error)
    return [view.options.style('red', `  failed: ${printable(ended.error.message)} [${ended.error.code}]`)];
  const answer = answerOf(view.source, call);
  const said = answer?.parts.filter((part) => part.type !== 'tool-call') ?? [];
  const lines =
    said.length === 0
      ? []
      : [labelled(view, 'answer', excerpt(view, messageText({ role: 'assistant', parts: said }), call))];
  const unusual =
    ended.stopReason === 'end' || ended.stopReason === 'tool-calls'
      ? []
      : [`  stopped: ${ended.stopReason ?? 'unknown'}`];
  return [...lines, ...unusual];
}

function checkLines({ step, options }: StepView, call: CallState): string[] {
  // A failed attempt has no answer; the check of the turn belongs to the attempt that had one.
  const check =
    call.ended?.result === undefined ? undefined : step.checks.find((one) => one.turn === call.turn);
  if (!check) return [];
  if (check.accepted) return [options.style('green', '  contract: kept')];
  const issues = (check.issues ?? []).map((issue) => `    - ${printable(issue)}`);
  const then = step.turns > call.turn ? ', the model was asked again' : ', and the repair rounds are used up';
  return [options.style('yellow', `  contract: broken${then}`), ...issues];
}

function toolLines(view: StepView, call: CallState, answer: AssistantMessage | undefined): string[] {
  if (!answer) return [];
  const asked = toolCallsOf(answer);
  return asked.flatMap((part, index) => {
    const made = view.source.run.calls.get(`${view.step.path}/t${call.turn}.${index + 1}`);
    return made ? madeCallLines(view, made) : refusedLines(view, call, part);
  });
}

function directCallLines(view: StepView, call: CallState): string[] {
  return call.turn === 0 ? ['', ...madeCallLines(view, call)] : [];
}

function madeCallLines(view: StepView, call: CallState): string[] {
  const request = toolRequestOf(view.source, call);
  const args = clip(view, JSON.stringify(request.arguments), 10);
  return [
    `  → ${printable(request.tool)} ${args.trimStart()}`,
    `    ${view.options.style('dim', toolFacts(call))}`,
    ...resultLines(view, call),
  ];
}

function toolFacts(call: CallState): string {
  const { ended, begun, number } = call;
  const outcome = ended ? (ended.error?.code ?? ended.status) : lostWords(call);
  const end = ended ? [formatDuration(ended.durationMs), ...sourceWords(ended, 'recorded')] : [];
  return [`#${number}`, outcome, `effect ${begun.effect ?? 'unknown'}`, ...end].join(', ');
}

function resultLines(view: StepView, { ended, number }: CallState): string[] {
  if (ended?.error) return [view.options.style('red', `    ${printable(ended.error.message)}`)];
  const hash = ended?.shown ?? ended?.result;
  if (hash === undefined) return [];
  const message = view.source.json<Pick<ToolMessage, 'content'>>(hash, (note) => ({
    content: [{ type: 'text', text: note }],
  }));
  const clipped = clipText(contentText(message.content), { lines: 12, columns: view.options.columns - 6 });
  const whole = clipped.cut || ended?.shown ? [`    ${wholeIn(view, number)}`] : [];
  return [indent(clipped.text, '    '), ...whole];
}

/** A call that could not be made is not in the log as a call: its answer stands among the next turn's messages. */
function refusedLines(view: StepView, call: CallState, part: ToolCallPart): string[] {
  const reply = laterMessages(view.source, call).find(
    (message): message is ToolMessage => message.role === 'tool' && message.callId === part.callId,
  );
  const why = reply ? contentText(reply.content) : 'the step ended before it was made';
  return [
    `  → ${printable(part.name)} ${clip(view, part.argumentsText, 10).trimStart()}`,
    view.options.style('yellow', indent(clip(view, why, 12), '    ')),
  ];
}

const laterMessages = (source: RunSource, call: CallState) =>
  callsOf(source.run, call.step)
    .filter((one) => one.begun.call === 'model' && one.number > call.number)
    .flatMap((one) => addedMessages(source, one));

function labelled(view: StepView, label: string, text: string): string {
  return `  ${view.options.style('cyan', label)}\n${indent(text, '    ')}`;
}

/** The beginning of a long text, and where all of it is. */
function excerpt(view: StepView, text: string, { number }: CallState): string {
  const clipped = clipText(text, { lines: 30, columns: view.options.columns - 6 });
  return clipped.cut ? `${clipped.text}\n${wholeIn(view, number)}` : clipped.text;
}

const wholeIn = ({ source, options }: StepView, number: number): string =>
  `(all of it: ${withPlace(`aiworkflow show ${source.run.runId} --call ${number}`, options.place)})`;

const clip = ({ options }: StepView, text: string, lines: number): string =>
  clipText(text, { lines, columns: options.columns - 6 }).text;
