const types = {
  true: 1,
  false: 2,
  byte: 3,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
};
const deepest = 32;

type Field = 'skip' | 'taken' | 'stop';

/** Walks over Thrift's compact encoding, in which the footers of Parquet are written. @throws RangeError when it makes no sense. */
export class ThriftReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** `taken`: the visitor has read the field's value itself. */
  eachField(visit: (id: number, type: number) => Field, depth = 0): void {
    let id = 0;
    for (;;) {
      const header = this.#byte();
      const type = header & 0x0f;
      if (type === 0) return;
      id = header >> 4 === 0 ? this.integer() : id + (header >> 4);
      const done = visit(id, type);
      if (done === 'stop') return;
      if (done === 'skip') this.#skip(type, depth);
    }
  }

  listHeader(type: number): { readonly count: number; readonly of: number } {
    if (type !== types.list && type !== types.set) throw new RangeError('has a value in the place of a list');
    const header = this.#byte();
    const short = header >> 4;
    return { count: short === 15 ? this.#unsigned() : short, of: header & 0x0f };
  }

  /** A whole number of any size; beyond 2^53 it is not exact. */
  integer(): number {
    const coded = this.#unsigned();
    return coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
  }

  #unsigned(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError('has a number without end');
  }

  #skip(type: number, depth: number): void {
    if (depth > deepest) throw new RangeError(`is nested more than ${deepest} deep`);
    if (type === types.true || type === types.false) return;
    if (type === types.byte) this.#pass(1);
    else if (type <= types.i64) this.#unsigned();
    else if (type === types.double) this.#pass(8);
    else if (type === types.binary) this.#pass(this.#unsigned());
    else if (type === types.struct) this.eachField(() => 'skip', depth + 1);
    else if (type === types.map) this.#skipMap(depth);
    else this.#skipList(type, depth);
  }

  #skipList(type: number, depth: number): void {
    const { count, of } = this.listHeader(type);
    for (let index = 0; index < count; index += 1) this.#skipMember(of, depth);
  }

  #skipMap(depth: number): void {
    const count = this.#unsigned();
    if (count === 0) return;
    const kinds = this.#byte();
    for (let index = 0; index < count; index += 1) {
      this.#skipMember(kinds >> 4, depth);
      this.#skipMember(kinds & 0x0f, depth);
    }
  }

  /** In a list a truth value takes a byte; in a field its type says it. */
  #skipMember(type: number, depth: number): void {
    if (type === types.true || type === types.false) this.#pass(1);
    else this.#skip(type, depth + 1);
  }

  #pass(bytes: number): void {
    if (this.#at + bytes > this.#bytes.length) throw new RangeError('ends too early');
    this.#at += bytes;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new RangeError('ends too early');
    this.#at += 1;
    return byte;
  }
}
