/** `1 turn`, `2 turns`. */
export function counted(count: number, noun: string): string {
  // The first `toLocaleString` of a process loads the language data, 10 ms.
  const digits = count < 1000 ? String(count) : count.toLocaleString('en');
  return `${digits} ${noun}${count === 1 ? '' : 's'}`;
}
