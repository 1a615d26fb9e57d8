import type { CallEnded } from '../../domain/events.ts';
import type { CallState } from '../../engine/runs/fold-run.ts';
import { indent } from '../render/clip.ts';
import { formatDuration, formatTime } from '../render/duration.ts';
import { formatCost } from '../render/money.ts';
import { printable } from '../render/printable.ts';
import { renderTable } from '../render/table.ts';
import { formatUsage } from '../render/tokens.ts';
import { lostWords, sourceWords } from './call-end-words.ts';
import { type LoggedModelRequest, modelRequestOf, resultOf, toolRequestOf } from './call-request.ts';
import { messageText } from './message-text.ts';
import type { PageOptions } from './run-page.ts';
import type { RunSource } from './run-source.ts';

/** One call with nothing left out: what exactly was asked, what exactly came back. */
export function callPage(source: RunSource, call: CallState, { style }: PageOptions): string[] {
  const { begun } = call;
  const request = begun.call === 'model' ? modelRequestLines(source, call) : toolRequestLines(source, call);
  return [
    style('bold', `call #${call.number}  ${begun.name}  at ${begun.position}`),
    ...renderTable(facts(call)).map((line) => `  ${line}`),
    '',
    ...request,
    ...resultLines(source, call),
  ];
}

function facts(call: CallState): string[][] {
  const { begun, ended } = call;
  const rows: readonly (readonly [name: string, value: string | undefined])[] = [
    ['status', statusOf(call)],
    ['began', `${formatTime(begun.at)} UTC`],
    ['effect', begun.effect],
    ['attempt', begun.attempt?.toString()],
    ...(ended ? endFacts(ended) : []),
    ['fingerprint', begun.fingerprint],
    ['request', begun.request],
    ['result', ended?.result],
    ['shown', ended?.shown && `${ended.shown} (the model was shown less than the whole)`],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, printable(value)]]));
}

function endFacts(ended: CallEnded): [name: string, value: string | undefined][] {
  const { usage, costUsd = null } = ended;
  return [
    ['took', formatDuration(ended.durationMs)],
    ['tokens', usage && formatUsage(usage)],
    ['cost', usage && formatCost(costUsd)],
    ['stopped', ended.stopReason],
    ['source', sourceWords(ended, 'recorded: nobody was asked')[0] ?? 'live'],
    ['answered by', ended.resolvedModel],
    ['provider id', ended.providerId],
  ];
}

function statusOf(call: CallState): string {
  const { ended } = call;
  if (!ended) return `begun, and ${lostWords(call)}`;
  if (!ended.error) return ended.status === 'ok' ? 'ok' : 'the tool reported an error';
  return `failed: ${printable(ended.error.message)} [${ended.error.code}]`;
}

function modelRequestLines(source: RunSource, call: CallState): string[] {
  const request = modelRequestOf(source, call);
  return [
    `model: ${printable(request.model)}`,
    `settings: ${json(request.settings)}`,
    ...request.tools.map((tool) => `tool ${printable(tool.name)}: ${json(tool)}`),
    ...(request.output ? [`output schema "${request.outputName ?? ''}": ${json(request.output)}`] : []),
    '',
    ...messageLines(request),
  ];
}

function messageLines({ messages }: LoggedModelRequest): string[] {
  return messages.flatMap((message, index) => [
    `message ${index + 1}, ${message.role}${message.role === 'tool' ? ` (${printable(message.name)})` : ''}`,
    indent(messageText(message), '  '),
  ]);
}

function toolRequestLines(source: RunSource, call: CallState): string[] {
  const request = toolRequestOf(source, call);
  return [`arguments: ${json(request.arguments)}`, `definition: ${json(request.definition)}`];
}

function resultLines(source: RunSource, call: CallState): string[] {
  const result = resultOf(source, call);
  return result === undefined ? [] : ['', `result: ${json(result)}`];
}

const json = (value: unknown): string => printable(JSON.stringify(value, null, 2));
