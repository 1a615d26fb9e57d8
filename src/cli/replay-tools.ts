import type { Hash } from '../domain/hash.ts';
import type { ToolMessage } from '../domain/message.ts';
import type { AuditReader } from '../ports/audit-log.ts';
import type { ToolDifference } from '../runtime/rerun/replay-outcome.ts';
import type { Cli } from './cli.ts';
import { printable } from './render/printable.ts';
import { textDifference } from './render/text-difference.ts';
import { withPlace } from './suggested-commands.ts';
import type { Terminal } from './terminal.ts';

const shownAtMost = 10;

/** Each tool call that came out otherwise, with what changed in its result. */
export async function showToolDifferences(
  { log, terminal, place }: Pick<Cli, 'terminal' | 'place'> & { readonly log: AuditReader },
  differences: readonly ToolDifference[],
): Promise<string[]> {
  const lines: string[] = [];
  for (const { position, tool, recorded, now, error } of differences.slice(0, shownAtMost)) {
    lines.push('', `${tool} at ${position}:`);
    if (now === undefined) lines.push(`  failed: ${printable(error ?? 'no result')}`);
    else {
      const texts = { was: wordsOf(log, recorded), now: wordsOf(log, now) };
      lines.push(...(await contrast(terminal, texts)));
    }
  }
  const more = differences.length - shownAtMost;
  return more > 0
    ? [...lines, '', withPlace(`and ${more} more: \`aiworkflow diff\` shows all of them.`, place)]
    : lines;
}

/** What was and what is, indented, as much of it as helps. */
export async function contrast(
  terminal: Terminal,
  texts: { readonly was: string | undefined; readonly now: string | undefined },
): Promise<string[]> {
  const { outStyle: style, columns } = terminal;
  const lines = await textDifference(texts, { style, columns: columns - 2, lines: 20 });
  return lines.map((line) => `  ${line}`);
}

function wordsOf(log: AuditReader, hash: Hash): string {
  const text = log.load(hash);
  if (text === undefined) return '(not in the log)';
  const { content } = JSON.parse(text) as ToolMessage;
  return content.map((part) => (part.type === 'text' ? part.text : `(${part.mediaType})`)).join('\n');
}
