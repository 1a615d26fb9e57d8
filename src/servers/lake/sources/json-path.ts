/** `/data/products`, or `data/products` -> the keys on the way. */
export function keysOf(path: string): readonly string[] {
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function pathOf(keys: readonly string[]): string {
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** How many keys of `wanted` a path has taken; undefined when it leads elsewhere. */
export function stepsTaken(path: readonly string[], wanted: readonly string[]): number | undefined {
  const isOnTheWay = path.length <= wanted.length && path.every((key, index) => key === wanted[index]);
  return isOnTheWay ? path.length : undefined;
}
