import { relative } from 'node:path';
import type { Cli } from '../cli.ts';
import { counted } from '../render/counts.ts';
import { formatDuration } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import { contrast } from '../replay-tools.ts';
import { withPlace } from '../suggested-commands.ts';
import type { TestedRecording } from './test-recording.ts';

/** One line for a recording, and below it what is not as recorded. */
export async function testedLines(
  { terminal, place }: Pick<Cli, 'terminal' | 'place'>,
  tested: TestedRecording,
): Promise<string[]> {
  const { status, calls, ms, note, differs, error } = tested;
  const { outStyle: style } = terminal;
  const sign = {
    ok: style('green', '✓'),
    differs: style('red', '✗ DIFFERS'),
    broken: style('red', '✗ BROKEN'),
    skipped: style('yellow', '– skipped'),
  }[status];
  const did =
    status === 'ok' || status === 'differs' ? `  ${counted(calls, 'call')}, ${formatDuration(ms)}` : '';
  const lines = [`${sign} ${printable(nameOf(tested))}${did}${note === undefined ? '' : `  ${note}`}`];
  if (error) lines.push(...problemLines(error, place));
  if (differs) {
    lines.push(`  ${printable(differs.message).replaceAll('\n', '\n  ')}`);
    for (const { what, was, now } of differs.differences) {
      lines.push(`  - ${printable(what)}`);
      lines.push(...(await contrast(terminal, { was, now })).map((line) => `  ${line}`));
    }
  }
  return lines;
}

/** As it can be typed again. */
export const nameOf = ({ file }: Pick<TestedRecording, 'file'>): string => relative('.', file) || file;

function problemLines(
  { code, message, hint }: NonNullable<TestedRecording['error']>,
  place: string,
): string[] {
  return [
    `  ${printable(message).replaceAll('\n', '\n  ')} [${code}]`,
    ...(hint === undefined
      ? []
      : [`  Try: ${printable(withPlace(hint, place)).replaceAll('\n', '\n       ')}`]),
  ];
}

export function totalLine(all: readonly TestedRecording[]): string {
  const count = (status: TestedRecording['status']): number =>
    all.filter((one) => one.status === status).length;
  const replayed = all.filter(({ status }) => status === 'ok' || status === 'differs');
  const calls = replayed.reduce((sum, one) => sum + one.calls, 0);
  const ms = all.reduce((sum, one) => sum + one.ms, 0);
  const others = (['differs', 'broken', 'skipped'] as const)
    .filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${status === 'differs' ? 'no longer as recorded' : status}`);
  const parts = [`${counted(count('ok'), 'recording')} ok`, ...others];
  return `${parts.join(', ')}; ${counted(calls, 'call')} replayed in ${formatDuration(ms)}, none made`;
}

/** The same for a program that reads it. */
export function testedJson({ run: _run, workflow: _workflow, error, ...tested }: TestedRecording): string {
  return JSON.stringify({
    type: 'recording',
    ...tested,
    ...(error && { error: { code: error.code, message: error.message, hint: error.hint } }),
  });
}
