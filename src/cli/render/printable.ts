/**
 * Text from models, tools and vendors' files, safe for a terminal: control characters could move the cursor,
 * change the title or hide what stands there. Line feeds and tabs stay.
 */
export function printable(text: string): string {
  return text.replaceAll(controls, (character) => {
    if (character === '\r\n') return '\n';
    const code = character.charCodeAt(0).toString(16).padStart(2, '0');
    return `\\x${code}`;
  });
}

const controls = /\r\n|\p{Cc}(?<![\n\t])/gu;
