import type { Message } from '../../domain/message.ts';
import type { ToolNames } from './tool-names.ts';

export type ConvertMessage<Wire> = (message: Message, names: ToolNames) => Wire;

/**
 * Converts each message once in its life. A conversation of 200 turns is sent 200 times; without this every
 * turn would convert and serialise all turns before it.
 */
export function cachedPerMessage<Wire>(convert: ConvertMessage<Wire>): ConvertMessage<Wire> {
  const shared = new WeakMap<Message, Wire>();
  const perNames = new WeakMap<ToolNames, WeakMap<Message, Wire>>();
  return (message, names) => {
    // Spellings that were changed to avoid a clash hold for this list of tools only.
    const cache = names.contextFree ? shared : entry(perNames, names);
    const cached = cache.get(message);
    if (cached !== undefined) return cached;
    const wire = convert(message, names);
    cache.set(message, wire);
    return wire;
  };
}

function entry<Wire>(
  perNames: WeakMap<ToolNames, WeakMap<Message, Wire>>,
  names: ToolNames,
): WeakMap<Message, Wire> {
  const cache = perNames.get(names) ?? new WeakMap<Message, Wire>();
  perNames.set(names, cache);
  return cache;
}
