import type { Scrub } from '../ports/environment.ts';

/** Shorter values would blank ordinary words all over the log, and a secret of this length protects nothing. */
const shortestSecret = 6;

/** Secrets become known as definitions are loaded; what scrubs is handed out before that. */
export interface Scrubber {
  readonly scrub: Scrub;
  /** Values by the name that stands in their place: `[secret:NAME]`. */
  add(secrets: ReadonlyMap<string, string>): void;
}

interface Needle {
  readonly text: string;
  readonly replacement: string;
}

/**
 * Replaces the values of named secrets by `[secret:NAME]`. Also finds them as JSON strings spell them (escaped
 * quotes, backslashes, line ends), in URLs and in base64, because that is how they leak.
 */
export function createScrubber(secrets: ReadonlyMap<string, string> = new Map()): Scrubber {
  let needles: readonly Needle[] = [];
  const add = (more: ReadonlyMap<string, string>): void => {
    const known = new Set(needles.map((needle) => needle.text));
    const fresh = needlesOf(more).filter((needle) => !known.has(needle.text));
    // The longest first: one secret may be the beginning of another.
    needles = [...needles, ...fresh].sort((a, b) => b.text.length - a.text.length);
  };
  add(secrets);
  return {
    add,
    scrub(text) {
      let clean = text;
      for (const needle of needles)
        if (clean.includes(needle.text)) clean = clean.replaceAll(needle.text, needle.replacement);
      return clean;
    },
  };
}

function needlesOf(secrets: ReadonlyMap<string, string>): Needle[] {
  return [...secrets]
    .filter(([, value]) => value.length >= shortestSecret)
    .flatMap(([name, value]) => spellings(value).map((text) => ({ text, replacement: `[secret:${name}]` })));
}

function spellings(value: string): string[] {
  return [...new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), base64(value)])];
}

const base64 = (value: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(value)));
