import { openAuditLog, verifyLog } from '../../../src/audit/sqlite/index.ts';
import type { AuditEvent, CallBegun, CallEnded } from '../../../src/domain/events.ts';
import { callOfPosition } from '../../../src/domain/position.ts';
import { spendOf } from '../../../src/domain/spend.ts';
import { foldRun, openCalls } from '../../../src/engine/runs/fold-run.ts';
import type { Crashed } from './crash-and-resume.ts';
import { readDesk } from './desk-calls.ts';

/** What a run came to, by its log, by the tools' own file and by the provider's bill. */
export interface Findings {
  readonly answer: string;
  /** Calls whose work must not be done twice, by position, as often as it was done. */
  readonly works: readonly string[];
  readonly billedUsd: number;
  readonly loggedUsd: number;
  readonly accountUsd: number;
  readonly inDoubtUsd: number;
  /** What is wrong, in words: empty when nothing is. */
  readonly faults: readonly string[];
}

export function findingsOf({
  harbour,
  model,
  runId,
}: Pick<Crashed, 'harbour' | 'model' | 'runId'>): Findings {
  const log = openAuditLog({ file: harbour.database, readOnly: true, durability: 'normal' });
  try {
    const events = [...log.events(runId)];
    const state = foldRun(runId, events);
    const desk = readDesk(harbour.dir);
    const spend = spentIn(events);
    const billedUsd = model.billedUsd();
    const accountUsd =
      log.database
        .prepare<[string], { usd: number }>('SELECT used_usd AS usd FROM accounts WHERE key = ?')
        .get(`run ${runId}`)?.usd ?? 0;
    const report = verifyLog(log);
    const faults = [
      ...report.problems.map((problem) => `the log does not verify: ${JSON.stringify(problem)}`),
      ...report.runs.flatMap((run) => run.problems.map(({ what }) => `the run does not verify: ${what}`)),
      ...(state.status === 'ok' ? [] : [`the run is ${state.status}`]),
      ...openCalls(state).map(({ begun }) => `nobody knows what became of ${begun.position}`),
      ...twice(begunIn(events).map(({ position }) => position)).map((position) => `${position} begins twice`),
      ...twice(stepsDone(events)).map((step) => `${step} ends well twice`),
      ...unlogged(events, { runId, desk, requests: model.requests() }),
      ...(billedUsd > spend.usd + tolerance ? [`billed ${billedUsd}, and the log counts ${spend.usd}`] : []),
      ...(Math.abs(accountUsd - spend.usd) > tolerance
        ? [`the account holds ${accountUsd}, and the calls took ${spend.usd}`]
        : []),
    ];
    const done = desk.filter(({ phase, tool }) => phase === 'done' && (tool === 'book' || tool === 'hold'));
    return {
      answer: state.result === undefined ? '' : (log.load(state.result) ?? ''),
      works: done.map(({ key }) => key.slice(runId.length + 1)).sort(),
      billedUsd,
      loggedUsd: spend.usd,
      accountUsd,
      inDoubtUsd: spend.inDoubtUsd,
      faults,
    };
  } finally {
    log.close();
  }
}

const tolerance = 1e-9;

const begunIn = (events: readonly AuditEvent[]): CallBegun[] =>
  events.filter((event) => event.type === 'call-begun');

function spentIn(events: readonly AuditEvent[]) {
  const ends = new Map<string, CallEnded>();
  for (const event of events) if (event.type === 'call-ended') ends.set(event.position, event);
  let usd = 0;
  let inDoubtUsd = 0;
  for (const begun of begunIn(events)) {
    const ended = ends.get(begun.position);
    const spent = spendOf(begun, ended).usd;
    usd += spent;
    if (!ended) inDoubtUsd += spent;
  }
  return { usd, inDoubtUsd };
}

const stepsDone = (events: readonly AuditEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'step-ended' && event.status === 'ok' ? [event.step] : []));

const twice = (names: readonly string[]): string[] =>
  names.filter((name, index) => names.indexOf(name) !== index);

/** Nothing may reach the world that was not in the log before it. */
function unlogged(
  events: readonly AuditEvent[],
  {
    runId,
    desk,
    requests,
  }: { readonly runId: string; readonly desk: ReturnType<typeof readDesk>; readonly requests: number },
): string[] {
  const begun = begunIn(events);
  const attempts = new Map<string, number>();
  for (const { position, call } of begun) {
    const key = call === 'model' ? 'models' : `${runId}/${callOfPosition(position)}`;
    attempts.set(key, (attempts.get(key) ?? 0) + 1);
  }
  const calls = new Map<string, number>();
  for (const { phase, key } of desk) if (phase === 'begun') calls.set(key, (calls.get(key) ?? 0) + 1);
  const over = [...calls].filter(([key, count]) => count > (attempts.get(key) ?? 0));
  return [
    ...over.map(
      ([key, count]) => `${key} was called ${count} times, and begun ${attempts.get(key) ?? 0} times`,
    ),
    ...(requests > (attempts.get('models') ?? 0) ? ['the model was asked more often than the log says'] : []),
  ];
}
