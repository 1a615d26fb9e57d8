import { createHash } from 'node:crypto';
import type { ToolDefinition } from '../../domain/tool.ts';

/** Tool names of one request in the provider's spelling, and back. */
export interface ToolNames {
  /** Any of our names, also one that is in the history and no longer offered. */
  toProvider(name: string): string;
  /** A name that the model made up comes back as it is: the engine tells the model that there is no such tool. */
  toOurs(spelling: string): string;
  /** True when every spelling follows from its name alone, so that it holds in other requests too. */
  readonly contextFree: boolean;
}

/** What all three APIs allow. */
const allowed = /^[A-Za-z0-9_-]{1,64}$/;
const maxLength = 64;

const known = new WeakMap<readonly ToolDefinition[], ToolNames>();

/** Computed once per list of tools: the engine hands the same list to every turn of a step. */
export function toolNamesOf(tools: readonly ToolDefinition[]): ToolNames {
  const cached = known.get(tools);
  if (cached) return cached;
  const names = spellAll(tools.map((tool) => tool.name));
  known.set(tools, names);
  return names;
}

function spellAll(names: readonly string[]): ToolNames {
  // Names that are allowed as they stand come first: they must never give way to a name that was bent to fit.
  const ordered = [...new Set(names)].sort((a, b) => Number(allowed.test(b)) - Number(allowed.test(a)));
  const spellings = new Map<string, string>();
  const ours = new Map<string, string>();
  let contextFree = true;
  for (const name of ordered) {
    let spelling = spell(name);
    if (ours.has(spelling)) {
      spelling = withHash(name);
      contextFree = false;
    }
    spellings.set(name, spelling);
    ours.set(spelling, name);
  }
  return {
    contextFree,
    toOurs: (spelling) => ours.get(spelling) ?? spelling,
    toProvider: (name) => {
      const spelling = spellings.get(name) ?? spell(name);
      return spellings.has(name) || !ours.has(spelling) ? spelling : withHash(name);
    },
  };
}

/** `files.read_text_file` becomes `files__read_text_file`. */
function spell(name: string): string {
  if (allowed.test(name)) return name;
  const bent = bend(name);
  return bent.length > maxLength || bent === '' ? withHash(name) : bent;
}

function withHash(name: string): string {
  // 12 hex digits: two names of one request that share them by chance are out of the question.
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return `${bend(name).slice(0, maxLength - digest.length - 1)}_${digest}`;
}

function bend(name: string): string {
  return name.replaceAll('.', '__').replace(/[^A-Za-z0-9_-]/g, '_');
}
