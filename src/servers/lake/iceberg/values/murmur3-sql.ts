/**
 * The same hash as an SQL expression, because DuckDB has none: the rows of a load are hashed where they are. Numbers are
 * UBIGINT and cut to 32 bits after each step, so nothing overflows. The answer is not negative: the sign bit is cleared,
 * as the bucket transform asks for.
 */
export function murmur3OfLongSql(long: string): string {
  const unsigned = `((${long})::HUGEINT + CASE WHEN (${long}) < 0 THEN 18446744073709551616::HUGEINT ELSE 0::HUGEINT END)::UBIGINT`;
  const blocks = `list_transform([${unsigned}], lambda u: [u & ${mask}, u >> 32])[1]`;
  return finishedSql({ blocks, tail: undefined, length: '8::UBIGINT' });
}

/** Of bytes that are given as hex digits. */
export function murmur3OfHexSql(hex: string): string {
  const byte = (position: string) => `substr(${hex}, ${position}, 2)`;
  const block = [7, 5, 3, 1].map((offset) => byte(`i * 8 + ${offset}`)).join(' || ');
  const blocks = `list_transform(range(length(${hex}) // 8), lambda i: ('0x' || ${block})::UBIGINT)`;
  const tailByte = (offset: number) => byte(`(length(${hex}) // 8) * 8 + ${offset}`);
  const tail = `('0x0' || ${[5, 3, 1].map(tailByte).join(' || ')})::UBIGINT`;
  return finishedSql({ blocks, tail, length: `(length(${hex}) // 2)::UBIGINT` });
}

const mask = 4294967295;

function finishedSql(parts: { blocks: string; tail: string | undefined; length: string }): string {
  const step = `((((((xor(h, k) << 13) | (xor(h, k) >> 19)) & ${mask}) * 5) + 3864292196) & ${mask})::UBIGINT`;
  const body = `list_reduce(${mixedSql(parts.blocks)}, lambda h, k: ${step}, 0::UBIGINT)`;
  const hash = parts.tail === undefined ? body : `xor(${body}, ${mixedSql(`[${parts.tail}]`)}[1])`;
  const rounds = [`[xor(${hash}, ${parts.length})]`]
    .map((list) => `list_transform(${list}, lambda h: (xor(h, h >> 16) * 2246822507) & ${mask})`)
    .map((list) => `list_transform(${list}, lambda h: (xor(h, h >> 13) * 3266489909) & ${mask})`)
    .map((list) => `list_transform(${list}, lambda h: xor(h, h >> 16) & 2147483647)`);
  return `${rounds[0] ?? ''}[1]`;
}

function mixedSql(blocks: string): string {
  const multiplied = `list_transform(${blocks}, lambda k: ((k * 3432918353) & ${mask})::UBIGINT)`;
  const rotated = `list_transform(${multiplied}, lambda k: (((k << 15) | (k >> 17)) & ${mask})::UBIGINT)`;
  return `list_transform(${rotated}, lambda k: ((k * 461845907) & ${mask})::UBIGINT)`;
}
