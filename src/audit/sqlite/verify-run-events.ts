import { canonicalJson } from '../../domain/canonical-json.ts';
import type { AuditEvent, CallBegun } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import type { Position } from '../../domain/position.ts';
import { messageOf } from '../../errors/index.ts';
import { firstLink, nextLink } from './chain-hash.ts';
import { hashesIn, hashesInRequest, isKnownType } from './named-hashes.ts';
import type { Problem, RunVerification } from './verification.ts';

/** An event as it was found: with its number and the link that it was written with. */
export interface FoundEvent {
  readonly seq: number;
  readonly link: Hash;
  /** Throws when what was found is no event. */
  read(): AuditEvent;
}

/** The text under a hash, or that it was taken out on purpose, or in words what is wrong with it. */
export type CheckText = (hash: Hash) => CheckedText;
export type CheckedText =
  /** Unpacked only for those texts that name others. */
  { readonly text: () => string } | { readonly redacted: true } | { readonly problem: string };

/** Re-derives a run from its events: every link of the chain, every text, and that the story is a possible one. */
export function verifyRunEvents(
  runId: string,
  events: Iterable<FoundEvent>,
  checkText: CheckText,
): RunVerification {
  const walk = new RunWalk(runId, checkText);
  for (const found of events) walk.take(found);
  return walk.report();
}

class RunWalk {
  readonly #runId: string;
  readonly #checkText: CheckText;
  readonly #problems: Problem[] = [];
  readonly #begun = new Set<Position>();
  /** Begun, and neither ended nor decided about. */
  readonly #open = new Map<Position, CallBegun>();
  readonly #unended = new Set<Position>();
  readonly #redacted = new Set<Hash>();
  readonly #unknownTypes = new Set<string>();
  #root: Hash;
  #lastSeq = 0;
  #count = 0;
  #ended = false;

  constructor(runId: string, checkText: CheckText) {
    this.#runId = runId;
    this.#checkText = checkText;
    this.#root = firstLink(runId);
  }

  take(found: FoundEvent): void {
    const { seq } = found;
    if (seq !== this.#lastSeq + 1)
      this.#problems.push({
        seq,
        what: `follows event ${this.#lastSeq}: events are missing or out of order`,
      });
    this.#lastSeq = seq;
    this.#count += 1;
    try {
      const event = found.read();
      this.#checkLink(event, found);
      this.#checkStory(event, seq);
      this.#checkTexts(event, seq);
    } catch (error) {
      this.#problems.push({ seq, what: messageOf(error) });
      this.#root = found.link;
    }
  }

  report(): RunVerification {
    if (this.#count === 0) this.#problems.push({ what: 'the run has no events' });
    const inDoubt = [...this.#open.values()].map(({ position, call, name, effect }) => ({
      position,
      call,
      name,
      ...(effect !== undefined && { effect }),
    }));
    const problems = this.#problems;
    return {
      runId: this.#runId,
      root: this.#root,
      events: this.#count,
      problems,
      inDoubt,
      ended: this.#ended,
      redacted: this.#redacted.size,
      unknownTypes: [...this.#unknownTypes],
    };
  }

  #checkLink(event: AuditEvent, { seq, link }: FoundEvent): void {
    const derived = nextLink(this.#root, canonicalJson(event as unknown as Json));
    if (derived !== link)
      this.#problems.push({
        seq,
        ...placeOf(event),
        what: 'the event does not fit its hash: it was changed',
      });
    // Goes on from what was written, so that one changed event is one problem, not one for each after it.
    this.#root = link;
  }

  #checkStory(event: AuditEvent, seq: number): void {
    const say = (what: string): unknown => this.#problems.push({ seq, ...placeOf(event), what });
    // What an event of a newer program may follow is not known here.
    if (this.#ended && !mayFollowEnd(event) && isKnownType(event.type))
      say('the event comes after the run has ended');
    if ((seq === 1) !== (event.type === 'run-started'))
      say(seq === 1 ? 'the run does not begin with "run-started"' : 'the run is started a second time');
    if (event.type === 'run-ended') this.#ended = true;
    if (event.type === 'run-resumed') this.#ended = false;
    const wrong = this.#checkCall(event);
    if (wrong !== undefined) say(wrong);
  }

  /** Positions are given out once: a call that is made again is another attempt, with a position of its own. */
  #checkCall(event: AuditEvent): string | undefined {
    if (event.type === 'call-begun') {
      const again = this.#begun.has(event.position);
      this.#begun.add(event.position);
      this.#unended.add(event.position);
      this.#open.set(event.position, event);
      return again ? 'the call is begun a second time' : undefined;
    }
    if (event.type === 'call-ended') {
      this.#open.delete(event.position);
      return this.#unended.delete(event.position) ? undefined : 'the call ends and was not begun';
    }
    if (event.type !== 'call-resolved') return undefined;
    this.#open.delete(event.position);
    return this.#begun.has(event.position) ? undefined : 'it is decided about a call that was not begun';
  }

  #checkTexts(event: AuditEvent, seq: number): void {
    if (!isKnownType(event.type)) this.#unknownTypes.add(event.type);
    const check = (hash: Hash): CheckedText => {
      const checked = this.#checkText(hash);
      if ('problem' in checked) this.#problems.push({ seq, ...placeOf(event), what: checked.problem });
      if ('redacted' in checked) this.#redacted.add(hash);
      return checked;
    };
    for (const hash of hashesIn(event)) {
      const checked = check(hash);
      if (!('text' in checked) || event.type !== 'call-begun' || hash !== event.request) continue;
      for (const inner of hashesInRequest(checked.text())) check(inner);
    }
  }
}

function mayFollowEnd({ type }: AuditEvent): boolean {
  return type === 'run-resumed' || type === 'call-resolved';
}

function placeOf(event: AuditEvent): { position?: string } {
  if ('position' in event) return { position: event.position };
  return 'step' in event ? { position: event.step } : {};
}
