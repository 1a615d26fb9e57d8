import { plainName } from '../tools/match-columns.ts';

/** 0 to 1: `Preis_EUR` and `Nettopreis (EUR)` are much alike, `price` and `cost` are not. */
export function nameLikeness(a: string, b: string): number {
  const [first, second] = [plainName(a), plainName(b)];
  if (first === '' || second === '') return 0;
  if (first === second) return 1;
  const parts = pairLikeness(lastPart(first), lastPart(second));
  return Math.max(pairLikeness(first, second), 0.9 * parts);
}

/** `attributes.color` and `color`: what a path ends with names the thing. */
function lastPart(name: string): string {
  return name.split('_').at(-1) ?? name;
}

/** Pairs of neighbouring letters that both have (Dice). */
function pairLikeness(a: string, b: string): number {
  const [first, second] = [pairsOf(a), pairsOf(b)];
  if (first.length + second.length === 0) return a === b ? 1 : 0;
  const left = [...second];
  const shared = first.filter((pair) => {
    const at = left.indexOf(pair);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
  return (2 * shared.length) / (first.length + second.length);
}

function pairsOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - 1) }, (_, index) => text.slice(index, index + 2));
}
