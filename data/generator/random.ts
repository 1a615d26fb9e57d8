/** A seeded generator (mulberry32): the same seed gives the same feeds on every machine. */
export interface Random {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<Item>(items: readonly Item[]): Item;
  /** `count` different numbers from 0 to `size - 1`, in random order. */
  sample(size: number, count: number): number[];
}

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number): number => low + Math.floor(unit() * (high - low + 1));
  return {
    between,
    pick: (items) => {
      const item = items[between(0, items.length - 1)];
      if (item === undefined) throw new Error('pick: the list is empty');
      return item;
    },
    sample: (size, count) => {
      const numbers = Array.from({ length: size }, (_, index) => index);
      for (let index = size - 1; index > 0; index -= 1) {
        const other = between(0, index);
        [numbers[index], numbers[other]] = [numbers[other] ?? 0, numbers[index] ?? 0];
      }
      return numbers.slice(0, count);
    },
  };
}
