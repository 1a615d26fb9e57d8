import type { Scrub } from '../ports/environment.ts';

/** Shorter values would blank ordinary words all over the log, and a secret of this length protects nothing. */
const shortestSecret = 6;

/**
 * Replaces the values of named secrets by `[secret:NAME]`. Also finds them as JSON strings spell them (escaped
 * quotes, backslashes, line ends), because most of what is logged is JSON text.
 */
export function createScrub(secrets: ReadonlyMap<string, string>): Scrub {
  const needles = [...secrets]
    .filter(([, value]) => value.length >= shortestSecret)
    .flatMap(([name, value]) => spellings(value).map((text) => ({ text, replacement: `[secret:${name}]` })))
    // The longest first: one secret may be the beginning of another.
    .sort((a, b) => b.text.length - a.text.length);
  if (needles.length === 0) return (text) => text;
  return (text) => {
    let clean = text;
    for (const needle of needles)
      if (clean.includes(needle.text)) clean = clean.replaceAll(needle.text, needle.replacement);
    return clean;
  };
}

function spellings(value: string): string[] {
  return [...new Set([value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), base64(value)])];
}

const base64 = (value: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(value)));
