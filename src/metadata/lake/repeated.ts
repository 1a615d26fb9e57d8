export interface Repeated {
  readonly name: string;
  readonly index: number;
  /** Where it stands for the first time. */
  readonly first: number;
}

/** Names that have come before in the list. */
export function repeated(names: readonly string[]): Repeated[] {
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    return first < index ? [{ name, index, first }] : [];
  });
}
