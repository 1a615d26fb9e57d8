import { canonicalJson } from '../../domain/canonical-json.ts';
import type { AuditEvent } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import { isHash } from './chain-hash.ts';
import { packUsage, unpackUsage } from './pack-usage.ts';

/** The columns of one event. Fields that no column holds to the letter stay in `rest`, as JSON. */
export interface EventColumns {
  at: number;
  type: string;
  /** `position` of a call event, `step` of the others. */
  position: string | null;
  fingerprint: Hash | null;
  /** These three name blobs; in the file they are the blobs' row numbers. */
  request: Hash | null;
  result: Hash | null;
  added: readonly Hash[] | null;
  /** The five numbers of `usage`, as a JSON array. */
  usage: string | null;
  status: string | null;
  source: string | null;
  durationMs: number | null;
  rest: string;
}

export interface PackedEvent {
  readonly columns: EventColumns;
  /** Equal to `canonicalJson(event)`; built in the same pass, because serialising is what an append costs. */
  readonly canonical: string;
}

/**
 * `isStored` tells which hashes have a row that a column can name; the others stay in `rest`.
 * Throws TypeError for a value that JSON cannot hold.
 */
export function packEvent(event: AuditEvent, isStored: (hash: Hash) => boolean): PackedEvent {
  const columns = blankColumns(event);
  const fields: [string, Json | undefined][] = Object.entries(event);
  const all: string[] = [];
  const rest: string[] = [];
  for (const [key, value] of fields.sort(byKey)) {
    if (value === undefined) continue;
    const member = `${JSON.stringify(key)}:${canonicalJson(value)}`;
    all.push(member);
    if (!takeColumn(columns, { key, value, isStored })) rest.push(member);
  }
  columns.rest = `{${rest.join(',')}}`;
  return { columns, canonical: `{${all.join(',')}}` };
}

/** Gives back exactly the event that was packed. Throws SyntaxError when a column holds no JSON. */
export function unpackEvent(columns: EventColumns): AuditEvent {
  const { at, type, position, fingerprint, request, result, added, usage, status, source } = columns;
  const event = {
    type,
    at,
    ...(position !== null && { [placeName(type)]: position }),
    ...(fingerprint !== null && { fingerprint }),
    ...(request !== null && { request }),
    ...(result !== null && { result }),
    ...(added !== null && { added }),
    ...(usage !== null && { usage: unpackUsage(usage) }),
    ...(status !== null && { status }),
    ...(source !== null && { source }),
    ...(columns.durationMs !== null && { durationMs: columns.durationMs }),
    ...JSON.parse(columns.rest),
  };
  return event as AuditEvent;
}

/** The last moment that a Date can hold. A number beyond it would be refused by the column, and with it the log. */
const latestMs = 8.64e15;

function blankColumns(event: AuditEvent): EventColumns {
  return {
    // An `at` that is no whole number stays in `rest` too; the column is what views sort and print.
    at: Math.round(Math.min(Math.max(event.at, -latestMs), latestMs)),
    type: event.type,
    position: null,
    fingerprint: null,
    request: null,
    result: null,
    added: null,
    usage: null,
    status: null,
    source: null,
    durationMs: null,
    rest: '',
  };
}

interface Field {
  readonly key: string;
  readonly value: Json;
  readonly isStored: (hash: Hash) => boolean;
}

/** False when the field must stay in `rest`. */
function takeColumn(columns: EventColumns, { key, value, isStored }: Field): boolean {
  switch (key) {
    case 'type':
      return true;
    case 'at':
      return Number.isSafeInteger(value);
    case 'fingerprint':
      return isHash(value) && fill(columns, { fingerprint: value });
    case 'request':
    case 'result':
      return isHash(value) && isStored(value) && fill(columns, { [key]: value });
    case 'added':
      return namesStored(value, isStored) && fill(columns, { added: value });
    case 'usage':
      return isJsonObject(value) && fill(columns, { usage: packUsage(value) }) && columns.usage !== null;
    case 'status':
    case 'source':
      return isText(value) && fill(columns, { [key]: value });
    case 'durationMs':
      return typeof value === 'number' && fill(columns, { durationMs: value });
    default:
      return key === placeName(columns.type) && isText(value) && fill(columns, { position: value });
  }
}

function fill(columns: EventColumns, values: Partial<EventColumns>): true {
  Object.assign(columns, values);
  return true;
}

function namesStored(value: Json, isStored: (hash: Hash) => boolean): value is readonly Hash[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isHash(item) && isStored(item));
}

/** SQLite keeps UTF-8: half a surrogate pair would come back as another character and break the chain. */
function isText(value: Json): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

function placeName(type: string): 'position' | 'step' {
  return type.startsWith('call-') ? 'position' : 'step';
}

/** Keys are unique and compared by UTF-16 code units, as canonical JSON wants them. */
function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}
