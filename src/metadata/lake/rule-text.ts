/** What is wrong with a text that a rule hands to DuckDB: found before the first load, where it would count as a failed rule. */
export interface TextProblem {
  /** Without the full stop. */
  readonly message: string;
  readonly hint: string;
}

/** One SELECT is all that the lake runs for a rule. A text that only looks right is left to the lake's own parser. */
export function queryProblem(query: string): TextProblem | undefined {
  const hint = 'write one SELECT of one value, as SELECT count(*) FROM product_core.product WHERE price < 0.';
  const bare = withoutQuotesAndComments(query).trim();
  if (!/^[(\s]*(select|with|from)\b/i.test(bare)) return { message: 'the query is no SELECT', hint };
  if (/;\s*[^\s;]/.test(bare)) return { message: 'the query holds more than one statement', hint };
  return undefined;
}

/** `;` and words in a text, a quoted name or a comment are none of the statement's. */
const withoutQuotesAndComments = (sql: string): string =>
  sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g, (part) =>
    part.startsWith('-') || part.startsWith('/') ? ' ' : 'x',
  );

/** Patterns are RE2's. JavaScript finds brackets that are not closed; what only one of the two can read is told apart first. */
export function patternProblem(pattern: string): TextProblem | undefined {
  const bare = pattern.replace(/\\[^\dQE]|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]/gs, 'x');
  const beyond = /\(\?<?[=!]|\(\?>|\\[1-9]/.exec(bare)?.[0];
  if (beyond !== undefined)
    return {
      message: `the pattern "${pattern}" holds "${beyond}", which DuckDB does not read`,
      hint: 'patterns are those of RE2: no look-around, no references back.',
    };
  if (/\\[QE]/.test(bare)) return undefined;
  try {
    new RegExp(
      bare.replace(/\(\?P</g, '(?<').replace(/\(\?[imsU-]+(\)|:)/g, (_, end) => (end === ')' ? '' : '(?:')),
    );
    return undefined;
  } catch {
    return {
      message: `the pattern "${pattern}" is no regular expression`,
      hint: 'close each bracket; write a backslash before a sign that stands for itself: \\(.',
    };
  }
}
