import type { Json, JsonObject } from '../../domain/json.ts';
import type { ToolCallPiece } from './deviations.ts';

export interface CollectedCall {
  callId: string;
  name: string;
  argumentsText: string;
  extra?: JsonObject;
}

/** Puts tool calls together from their pieces, whichever way the server cuts them. */
export class ToolCalls {
  readonly #calls: CollectedCall[] = [];
  readonly #byIndex = new Map<number, CollectedCall>();
  readonly #turn: number;

  constructor(turn: number) {
    this.#turn = turn;
  }

  add(piece: ToolCallPiece): void {
    const call = this.#callOf(piece);
    const name = piece.function?.name ?? '';
    // Some servers send the whole name again with every piece.
    if (name !== call.name) call.name += name;
    call.argumentsText += argumentText(piece.function?.arguments);
    const extra = extraFields(piece);
    if (extra) call.extra = { ...call.extra, ...extra };
  }

  /** A call without arguments is an empty object: that is how the API spells it, whatever the server sent. */
  all(): CollectedCall[] {
    return this.#calls.map((call) => ({ ...call, argumentsText: call.argumentsText || '{}' }));
  }

  #callOf(piece: ToolCallPiece): CollectedCall {
    const started = piece.index === undefined ? this.#withoutIndex(piece) : this.#byIndex.get(piece.index);
    // One index for every call, told apart by their ids.
    const another = piece.id && started && started.callId !== piece.id;
    if (started && !another) return started;
    const call = {
      callId: piece.id || `call_${this.#turn}_${this.#calls.length}`,
      name: '',
      argumentsText: '',
    };
    this.#calls.push(call);
    if (piece.index !== undefined) this.#byIndex.set(piece.index, call);
    return call;
  }

  #withoutIndex(piece: ToolCallPiece): CollectedCall | undefined {
    if (piece.id) return this.#calls.find((call) => call.callId === piece.id);
    // Neither index nor id: a name starts a new call, anything else goes on with the last one.
    return piece.function?.name ? undefined : this.#calls.at(-1);
  }
}

function argumentText(given: unknown): string {
  if (given === undefined || given === null) return '';
  return typeof given === 'string' ? given : JSON.stringify(given);
}

const ownFields = new Set(['index', 'id', 'type', 'function']);

function extraFields(piece: ToolCallPiece): JsonObject | undefined {
  const extra = Object.entries(piece).filter(
    ([name, value]) => !ownFields.has(name) && value !== null && value !== undefined,
  );
  return extra.length > 0 ? (Object.fromEntries(extra) as Record<string, Json>) : undefined;
}
