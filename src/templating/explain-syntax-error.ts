import type { Position } from './syntax-tree.ts';

export interface SyntaxProblem {
  readonly message: string;
  readonly hint: string;
  readonly position: Position;
}

/**
 * Handlebars says where an error is in its text only: "Parse error on line 2:" with an excerpt and a pointer line
 * under it, or "if doesn't match each - 1:3". The message here is ours, the place is taken from there.
 */
export function explainSyntaxError(text: string, template: string): SyntaxProblem {
  const mismatch = /^(\S+) doesn't match (\S+) - (\d+):(\d+)/.exec(text);
  if (mismatch) {
    const [, opened, closed, line, column] = mismatch;
    return {
      message: `{{#${opened}}} is closed by {{/${closed}}}.`,
      hint: `Write {{/${opened}}}.`,
      position: { line: Number(line), column: Number(column) },
    };
  }
  const isOpen = template.lastIndexOf('{{') > template.lastIndexOf('}}');
  const got = isOpen ? 'EOF' : (/got '(\w+)'$/.exec(text)?.[1] ?? '');
  const open = got === 'EOF' && !isOpen ? lastOpenBlock(template) : undefined;
  if (open) {
    return {
      message: `{{#${open.name}}} is never closed.`,
      hint: `Write {{/${open.name}}} where it ends.`,
      position: positionAt(template, open.offset),
    };
  }
  return { ...wordsFor(got), position: pointedAt(text, template) };
}

function wordsFor(got: string): { message: string; hint: string } {
  const words: Readonly<Record<string, { message: string; hint: string }>> = {
    EOF: { message: 'The template ends inside an expression.', hint: 'Write the }} that closes it.' },
    INVALID: {
      message: 'This character cannot stand in a template expression.',
      hint: 'A {{ that is meant as text is written \\{{.',
    },
    OPEN_ENDBLOCK: {
      message: 'A block is closed here that was not opened.',
      hint: 'Remove it, or write the {{#block}} that it closes.',
    },
    CLOSE: { message: 'The expression ends too early.', hint: 'Write what is missing before the }}.' },
    NUMBER: { message: 'A path cannot end with a bare number.', hint: 'Write an index as files.[0].' },
  };
  return (
    words[got] ?? {
      message: 'The template is not valid Handlebars.',
      hint: 'Check that every {{ has its }}, and every {{#block}} its {{/block}}.',
    }
  );
}

function lastOpenBlock(template: string): { name: string; offset: number } | undefined {
  const open: { name: string; offset: number }[] = [];
  for (const match of template.matchAll(/\{\{~?([#/])\s*([\w-]+)/g)) {
    if (match[1] === '#') open.push({ name: match[2] ?? '', offset: match.index });
    else open.pop();
  }
  return open.at(-1);
}

// The excerpt before the pointer is the template's own text with its line ends removed; where it ends is the place.
function pointedAt(text: string, template: string): Position {
  const [first = '', excerpt, pointer] = text.split('\n');
  const lines = template.split('\n');
  const line = Math.min(Number(/(\d+):?$/.exec(first)?.[1] ?? 1), lines.length);
  const fallback = { line, column: 0 };
  if (excerpt === undefined || pointer === undefined) return fallback;
  const before = excerpt.slice(0, pointer.indexOf('^')).replace(/^\.\.\./, '');
  const lineEnd = lines.slice(0, line).join('\n').length;
  const flat = [...template.matchAll(/[^\n]/g)].map((match) => match.index);
  const flatText = template.replaceAll('\n', '');
  const found = flatText.lastIndexOf(before, flat.filter((offset) => offset <= lineEnd).length);
  if (before === '' || found < 0) return fallback;
  return positionAt(template, (flat[found + before.length - 1] ?? template.length - 1) + 1);
}

function positionAt(template: string, offset: number): Position {
  const before = template.slice(0, offset).split('\n');
  return { line: before.length, column: before.at(-1)?.length ?? 0 };
}
