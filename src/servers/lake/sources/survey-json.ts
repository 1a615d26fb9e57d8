import { LakeFailure } from '../lake-failure.ts';
import type { JsonVisitor } from './json-cutter.ts';
import { pathOf, stepsTaken } from './json-path.ts';
import { cutJsonFile, type JsonFile, parseCut } from './json-records.ts';
import { isValueObject, type Value } from './json-value.ts';
import { isWanted } from './record-source.ts';
import type { CutValue } from './running-json-value.ts';
import type { SourceOptions } from './source.ts';
import { collectPaths } from './value-path.ts';

/** Values that could be the document's records. */
interface Candidate {
  readonly path: string;
  /** Of its members, those that are objects. */
  records: number;
  /** Paths in the records that are wanted. */
  readonly paths: Set<string>;
}

const deepestList = 6;
const mostCandidates = 10_000;

/** The array of objects with the most members; the document itself when there is none. Every value is parsed once. */
export async function findRecords(
  file: JsonFile,
  options: SourceOptions,
): Promise<{ record_path: string; columns: readonly string[] }> {
  const candidates = new Map<string, Candidate>();
  const visitor: JsonVisitor = {
    at: (path, kind) => {
      if (kind === 'array') candidateAt(candidates, path);
      return kind === 'array' || path.length < deepestList ? 'parts' : 'whole';
    },
    member: (path, value) => addRecord(candidateAt(candidates, path), { value, file, options }),
    value: (_, value) => void (value.isTooLarge || parseCut(value, file.encoding)),
  };
  for await (const _ of cutJsonFile(file, visitor));
  let best: Candidate | undefined;
  for (const candidate of candidates.values()) if (candidate.records > (best?.records ?? 0)) best = candidate;
  if (best !== undefined) return { record_path: best.path, columns: [...best.paths] };
  return { record_path: '', columns: await columnsAt(file, { keys: [], options }) };
}

/** @throws LakeFailure when the path leads nowhere. */
export async function columnsAt(
  file: JsonFile,
  { keys, options }: { keys: readonly string[]; options: SourceOptions },
): Promise<readonly string[]> {
  const records: Candidate = { path: pathOf(keys), records: 0, paths: new Set() };
  const way = new WayTo(keys);
  const add = (path: readonly string[], value: CutValue): void => {
    if (path.length === keys.length && way.leadsTo(path)) addRecord(records, { value, file, options });
    else if (!value.isTooLarge) parseCut(value, file.encoding);
  };
  const visitor: JsonVisitor = { at: (path, kind) => way.at(path, kind), member: add, value: add };
  for await (const _ of cutJsonFile(file, visitor));
  way.requireFound(records.path);
  return [...records.paths];
}

function candidateAt(candidates: Map<string, Candidate>, keys: readonly string[]): Candidate {
  const path = pathOf(keys);
  const known = candidates.get(path);
  if (known) return known;
  if (candidates.size >= mostCandidates) {
    throw new LakeFailure(
      `The document holds more than ${mostCandidates} lists that could be its records.`,
      'name the one that is meant in options.record_path.',
    );
  }
  const candidate: Candidate = { path, records: 0, paths: new Set() };
  candidates.set(path, candidate);
  return candidate;
}

function addRecord(
  candidate: Candidate,
  { value, file, options }: { value: CutValue; file: JsonFile; options: SourceOptions },
): void {
  if (value.isTooLarge) {
    candidate.records += 1;
    return;
  }
  const record: Value = parseCut(value, file.encoding);
  if (!isValueObject(record)) return;
  candidate.records += 1;
  if (isWanted(record, options)) collectPaths(record, candidate.paths);
}

/** Follows a path of keys through the document, and knows what was there instead when it leads nowhere. */
export class WayTo {
  readonly #keys: readonly string[];
  /** Keys that were seen at the last step that could be taken. */
  #seen: { readonly steps: number; readonly keys: string[] } = { steps: 0, keys: [] };
  #times = 0;

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  leadsTo(path: readonly string[]): boolean {
    return stepsTaken(path, this.#keys) === this.#keys.length;
  }

  at(path: readonly string[], kind: 'object' | 'array' | 'scalar'): 'parts' | 'whole' {
    this.#see(path);
    const steps = stepsTaken(path, this.#keys);
    if (steps === undefined) return 'whole';
    if (steps < this.#keys.length) return kind === 'object' ? 'parts' : 'whole';
    this.#times += 1;
    if (this.#times > 1) throw repeatedPath(pathOf(this.#keys));
    return kind === 'array' ? 'parts' : 'whole';
  }

  requireFound(path: string): void {
    if (this.#times > 0) return;
    const { steps, keys } = this.#seen;
    const offered =
      keys.length > 0
        ? `the keys there are ${keys.map((name) => `"${name}"`).join(', ')}`
        : 'there is no object';
    throw new LakeFailure(
      `record_path "${path}" leads nowhere: no "${this.#keys[steps]}"; ${offered}.`,
      'leave record_path out to have it found, or write it like "/data/products".',
    );
  }

  #see(path: readonly string[]): void {
    const steps = path.length - 1;
    if (steps < 0 || stepsTaken(path.slice(0, -1), this.#keys) === undefined) return;
    if (steps > this.#seen.steps) this.#seen = { steps, keys: [] };
    if (steps === this.#seen.steps && this.#seen.keys.length < 20) this.#seen.keys.push(path.at(-1) ?? '');
  }
}

function repeatedPath(path: string): LakeFailure {
  return new LakeFailure(
    `The document has two values at "${path === '' ? '/' : path}": which of them holds the records cannot be known.`,
    'ask the vendor for a document whose keys differ.',
  );
}
