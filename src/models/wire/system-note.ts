import type { Message } from '../../domain/message.ts';

/**
 * The conversation with a note for the model in its first system message. One message and not two, because the
 * chat templates of several local models refuse a second system message.
 */
export function withSystemNote(messages: readonly Message[], note: string | undefined): readonly Message[] {
  if (note === undefined) return messages;
  const [first, ...rest] = messages;
  if (first?.role === 'system') return [{ role: 'system', text: `${first.text}\n\n${note}` }, ...rest];
  return [{ role: 'system', text: note }, ...messages];
}
