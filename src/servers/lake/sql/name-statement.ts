/** What a text does that is no SELECT, for the words of its refusal. Nothing is decided by it. */
export interface NamedStatement {
  /** `DROP TABLE`, `COPY`, … */
  readonly verb: string;
  readonly kind: 'read' | 'write' | 'DDL' | 'files' | 'settings' | 'other';
  /** The table or thing that it is about, as it is written. */
  readonly target: string | undefined;
}

/**
 * Names a statement by its first words. It is not prepared for that: DuckDB opens files already when it prepares COPY, EXPORT
 * and IMPORT, and prepares nothing about a table that is not there.
 */
export function nameStatement(sql: string): NamedStatement {
  const words = wordsOf(sql);
  const verb = (words[0] ?? '').toUpperCase();
  const kind = kinds[verb] ?? 'other';
  if (kind === 'DDL') return ofDefinition(words);
  const rest = words.slice(1).filter((word) => !fillers.has(word.toUpperCase()));
  const [target] = kind === 'write' || verb === 'COPY' || verb === 'ATTACH' ? rest : [];
  return { verb: verb || 'nothing', kind, target: target === '(' ? undefined : target };
}

const kinds: Readonly<Record<string, NamedStatement['kind']>> = {
  ...Object.fromEntries(
    ['SELECT', 'FROM', 'WITH', 'VALUES', 'TABLE', 'EXPLAIN', 'PIVOT', 'UNPIVOT'].map((verb) => [
      verb,
      'read' as const,
    ]),
  ),
  ...Object.fromEntries(
    ['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'TRUNCATE'].map((verb) => [verb, 'write' as const]),
  ),
  ...Object.fromEntries(['CREATE', 'DROP', 'ALTER', 'COMMENT'].map((verb) => [verb, 'DDL' as const])),
  ...Object.fromEntries(
    ['COPY', 'ATTACH', 'DETACH', 'EXPORT', 'IMPORT', 'INSTALL', 'LOAD', 'UPDATE EXTENSIONS'].map((verb) => [
      verb,
      'files' as const,
    ]),
  ),
  ...Object.fromEntries(['SET', 'RESET', 'PRAGMA', 'USE'].map((verb) => [verb, 'settings' as const])),
};

const fillers = new Set([
  'INTO',
  'FROM',
  'OR',
  'REPLACE',
  'IGNORE',
  'IF',
  'NOT',
  'EXISTS',
  'ON',
  'DATABASE',
  'TABLE',
]);
const adjectives = new Set([
  'OR',
  'REPLACE',
  'TEMP',
  'TEMPORARY',
  'PERSISTENT',
  'UNIQUE',
  'RECURSIVE',
  'ON',
  'MATERIALIZED',
]);

function ofDefinition(words: readonly string[]): NamedStatement {
  const rest = words.slice(1).filter((word) => !adjectives.has(word.toUpperCase()));
  const [what = '', ...after] = rest;
  const [target] = after.filter((word) => !fillers.has(word.toUpperCase()));
  return { verb: `${words[0]} ${what}`.toUpperCase().trim(), kind: 'DDL', target };
}

const token =
  /\/\*[\s\S]*?\*\/|--[^\n]*|((?:"(?:[^"]|"")*"|'(?:[^']|'')*'|[\p{L}_][\p{L}\p{N}_$]*)(?:\s*\.\s*(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*))*)|\(/gu;

/** The first words of the text, with names as they are written; comments are left out. */
function wordsOf(sql: string): string[] {
  const words: string[] = [];
  for (const [text, word] of sql.slice(0, 2_000).matchAll(token)) {
    if (word !== undefined || (text === '(' && words.length > 0)) words.push(text);
    if (words.length === 10) break;
  }
  return words;
}
