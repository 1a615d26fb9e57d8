/** `load[2]` is a pattern to a shell. */
export const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text}'`);
