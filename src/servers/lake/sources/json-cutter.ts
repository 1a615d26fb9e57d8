import { LakeFailure } from '../lake-failure.ts';
import { type CutValue, RunningJsonValue } from './running-json-value.ts';

export interface JsonVisitor {
  /** What to do with the value at this path of keys. `parts`: its members, if it is an object or an array. */
  at(path: readonly string[], kind: 'object' | 'array' | 'scalar'): 'parts' | 'whole';
  /** A member of an array. */
  member(path: readonly string[], value: CutValue): void;
  /** A value that is no array member. */
  value(path: readonly string[], value: CutValue): void;
}

export const longestJsonRecord = 64 * 1024 * 1024;

type State =
  | 'value'
  | 'key'
  | 'first-key'
  | 'colon'
  | 'object-comma'
  | 'member'
  | 'first-member'
  | 'array-comma'
  | 'end';

/**
 * Cuts a JSON document into values while it is pushed piece by piece: only what is not whole yet is held. Objects on the
 * way are taken apart; arrays give their members one by one. What stands between the values is checked here; whoever is
 * given a value parses it.
 */
export class JsonCutter {
  readonly #visitor: JsonVisitor;
  readonly #longest: number;
  readonly #spell: (text: string) => string;
  readonly #path: string[] = [];
  /** What is open around the place of reading. */
  readonly #open: ('object' | 'array')[] = [];
  #state: State = 'value';
  #text = '';
  #at = 0;
  #dropped = 0;
  #ended = false;
  #running: RunningJsonValue | undefined;

  /** `spell` makes proper text of the spelling that is pushed, for the keys. */
  constructor(
    visitor: JsonVisitor,
    { longest = longestJsonRecord, spell }: { longest?: number; spell?: (text: string) => string } = {},
  ) {
    this.#visitor = visitor;
    this.#longest = longest;
    this.#spell = spell ?? ((text) => text);
  }

  push(text: string): void {
    this.#text = this.#at < this.#text.length ? this.#text.slice(this.#at) + text : text;
    this.#dropped += this.#at;
    this.#at = 0;
    this.#run();
  }

  /** @throws LakeFailure when the document is not whole. */
  end(): void {
    this.#ended = true;
    this.#run();
    if (this.#state !== 'end') throw brokenJson('the JSON ends too early');
  }

  #run(): void {
    while (this.#running ? this.#continueValue() : this.#step());
  }

  /** @returns false when more text is needed. */
  #step(): boolean {
    spaces.lastIndex = this.#at;
    spaces.test(this.#text);
    this.#at = spaces.lastIndex;
    const sign = this.#text[this.#at];
    if (sign === undefined) return false;
    switch (this.#state) {
      case 'value':
      case 'member':
        return this.#beginValue(sign);
      case 'first-member':
        return sign === ']' ? this.#close('array') : this.#beginValue(sign);
      case 'first-key':
        return sign === '}' ? this.#close('object') : this.#takeKey(sign);
      case 'key':
        return this.#takeKey(sign);
      case 'colon':
        return this.#expect(sign === ':', 'value');
      case 'object-comma':
        return sign === '}' ? this.#close('object') : this.#expect(sign === ',', 'key');
      case 'array-comma':
        return sign === ']' ? this.#close('array') : this.#expect(sign === ',', 'member');
      case 'end':
        return this.#expect(false, 'end');
    }
  }

  #expect(isRight: boolean, next: State): boolean {
    if (!isRight) throw this.#broken();
    this.#at += 1;
    this.#state = next;
    return true;
  }

  #beginValue(sign: string): boolean {
    const kind = sign === '{' ? 'object' : sign === '[' ? 'array' : 'scalar';
    const isMember = this.#open.at(-1) === 'array';
    const asked = isMember ? 'whole' : this.#visitor.at(this.#path, kind);
    if (asked === 'parts' && kind !== 'scalar') {
      this.#open.push(kind);
      return this.#expect(true, kind === 'object' ? 'first-key' : 'first-member');
    }
    if (/[,:}\]]/.test(sign)) throw this.#broken();
    this.#running = new RunningJsonValue({ sign, offset: this.#dropped + this.#at, longest: this.#longest });
    return true;
  }

  #continueValue(): boolean {
    const running = this.#running;
    if (running === undefined) return false;
    this.#at = running.take(this.#text, this.#at);
    if (!running.isWhole && !(this.#ended && running.mayEnd)) {
      if (this.#ended) throw brokenJson('the JSON ends too early');
      return false;
    }
    this.#running = undefined;
    const isMember = this.#open.at(-1) === 'array';
    if (isMember) this.#visitor.member(this.#path, running.value);
    else this.#visitor.value(this.#path, running.value);
    this.#leaveValue();
    return true;
  }

  #takeKey(sign: string): boolean {
    if (sign !== '"') throw this.#broken();
    const end = endOfString(this.#text, this.#at + 1);
    if (end < 0) {
      if (this.#text.length - this.#at > longestKey) throw this.#broken();
      return false;
    }
    this.#path.push(this.#parseKey(this.#text.slice(this.#at, end)));
    this.#at = end;
    this.#state = 'colon';
    return true;
  }

  #parseKey(text: string): string {
    try {
      return JSON.parse(this.#spell(text)) as string;
    } catch {
      throw this.#broken();
    }
  }

  #close(kind: 'object' | 'array'): boolean {
    if (this.#open.pop() !== kind) throw this.#broken();
    this.#at += 1;
    this.#leaveValue();
    return true;
  }

  /** A value has ended: in an object its key is done with. */
  #leaveValue(): void {
    const around = this.#open.at(-1);
    if (around === 'object') this.#path.pop();
    this.#state = around === undefined ? 'end' : around === 'object' ? 'object-comma' : 'array-comma';
  }

  #broken(): LakeFailure {
    return brokenJson(`not valid JSON at character ${this.#dropped + this.#at + 1}`);
  }
}

const spaces = /[ \t\r\n]*/y;
const longestKey = 1024 * 1024;

const stringEnd = /["\\]/g;

/** Behind the closing quote, or -1. */
function endOfString(text: string, from: number): number {
  let at = from;
  for (;;) {
    stringEnd.lastIndex = at;
    const found = stringEnd.exec(text);
    if (found === null) return -1;
    if (found[0] === '"') return found.index + 1;
    at = found.index + 2;
  }
}

export function brokenJson(what: string): LakeFailure {
  return new LakeFailure(
    `The file is not one JSON document: ${what}.`,
    'if it holds one record per line, pass options.format "ndjson"; otherwise the feed is damaged and must be sent again.',
  );
}
