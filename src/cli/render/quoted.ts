/** `load[2]` is a pattern to a shell; within quotes a quote ends them. */
export const quoted = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
