import type { CaseName } from './cases.ts';
import type { CommandLineRun } from './command-line.ts';
import type { RerunRound } from './rerun.ts';
import { type Spread, showSpread, spreadOf } from './statistics.ts';
import { peerPrefix } from './subjects.ts';
import type { Measurement } from './worker.ts';

/** One round: what each case gave for each subject, and one start of the command line. */
export interface Round {
  readonly measured: Readonly<Partial<Record<CaseName, Readonly<Record<string, Measurement>>>>>;
  readonly commandLine?: CommandLineRun;
  readonly rerun?: RerunRound;
}

export interface Verdict {
  readonly aim: string;
  readonly limit: string;
  /** Median and range over the rounds, each round compared within itself. */
  readonly found: string;
  readonly verdict: 'met' | 'MISSED' | 'not measured';
  readonly n: number;
}

interface Aim {
  readonly aim: string;
  readonly direction: 'at most' | 'at least';
  readonly limit: number;
  readonly digits?: number;
  /** The figure of one round; undefined when the round does not hold what it is made of. */
  readonly figure: (round: Round) => number | undefined;
}

/** Every aim as data. A figure is compared within one round: both sides saw the same machine. */
export function verdicts(rounds: readonly Round[]): Verdict[] {
  return aims.map((aim) => {
    const figures = rounds.map(aim.figure).filter((figure) => figure !== undefined);
    const limit = `${aim.direction} ${aim.limit}`;
    if (figures.length === 0) return { aim: aim.aim, limit, found: '–', verdict: 'not measured', n: 0 };
    const spread = spreadOf(figures);
    return {
      aim: aim.aim,
      limit,
      found: showSpread(spread, aim.digits ?? 2),
      verdict: holds(aim, spread) ? 'met' : 'MISSED',
      n: spread.n,
    };
  });
}

function holds({ direction, limit }: Aim, { median }: Spread): boolean {
  return direction === 'at most' ? median <= limit : median >= limit;
}

const cpuPerTurn = (one: Measurement): number => one.cpuMs / one.turns;
const wallPerTurn = (one: Measurement): number => one.runMs.p50 / 10;
const runsPerSecond = (one: Measurement): number => 500 / (one.wallMs / 1000);

function take<Key extends CaseName>(round: Round, name: Key, subject: string): Measurement | undefined {
  return round.measured[name]?.[subject];
}

type Figure = (one: Measurement) => number;

function ratio(name: CaseName, pair: { ours: string; other: string; figure: Figure }): Aim['figure'] {
  return (round) => {
    const [ours, other] = [take(round, name, pair.ours), take(round, name, pair.other)];
    return ours && other && pair.figure(ours) / pair.figure(other);
  };
}

/** Against whichever peer was the best in that round. */
function ratioToBestPeer(
  name: CaseName,
  pair: { ours: string; figure: Figure; best: 'lowest' | 'highest' },
): Aim['figure'] {
  return (round) => {
    const peers = Object.entries(round.measured[name] ?? {}).filter(([subject]) =>
      subject.startsWith(peerPrefix),
    );
    const ours = take(round, name, pair.ours);
    if (!ours || peers.length === 0) return undefined;
    const figures = peers.map(([, one]) => pair.figure(one));
    return pair.figure(ours) / (pair.best === 'lowest' ? Math.min(...figures) : Math.max(...figures));
  };
}

/** CPU that a turn costs more at 200 turns than at 20, less what it costs the floor more: the payload grows for both. */
function growthBeyondFloor(round: Round): number | undefined {
  const growth = (subject: string): number | undefined => {
    const [short, long] = [take(round, 'turns20', subject), take(round, 'turns200', subject)];
    return short && long && cpuPerTurn(long) - cpuPerTurn(short);
  };
  const [ours, floor] = [growth('aiworkflow'), growth('sdk-streamed-row-full')];
  return ours === undefined || floor === undefined ? undefined : ours - floor;
}

const logKb = (one: Measurement | undefined): number | undefined => one?.log && one.log.bytesPerTurn / 1024;
const logMb = (one: Measurement | undefined): number | undefined => one?.log && one.log.bytes / 2 ** 20;

const audited = { ours: 'aiworkflow', other: 'sdk-row-full' };
const auditedStreamed = { ours: 'aiworkflow', other: 'sdk-streamed-row-full' };

const aims: readonly Aim[] = [
  {
    aim: 'CPU per turn, FULL, ÷ hand-written loop on the SDK with a row per call (FULL)',
    direction: 'at most',
    limit: 1.3,
    figure: ratio('latency', { ...audited, figure: cpuPerTurn }),
  },
  {
    aim: 'the same in time (median run)',
    direction: 'at most',
    limit: 1.3,
    figure: ratio('latency', { ...audited, figure: wallPerTurn }),
  },
  {
    aim: 'CPU per turn, FULL, ÷ the same loop streamed, as ours is',
    direction: 'at most',
    limit: 1.3,
    figure: ratio('latency', { ...auditedStreamed, figure: cpuPerTurn }),
  },
  {
    aim: 'the same in time (median run)',
    direction: 'at most',
    limit: 1.3,
    figure: ratio('latency', { ...auditedStreamed, figure: wallPerTurn }),
  },
  {
    aim: 'CPU per turn, NORMAL, ÷ the fastest public SDK without a log',
    direction: 'at most',
    limit: 1.1,
    figure: ratioToBestPeer('latency', { ours: 'aiworkflow-normal', figure: cpuPerTurn, best: 'lowest' }),
  },
  {
    aim: 'the same in time (median run)',
    direction: 'at most',
    limit: 1.1,
    figure: ratioToBestPeer('latency', { ours: 'aiworkflow-normal', figure: wallPerTurn, best: 'lowest' }),
  },
  {
    aim: 'runs per second, 500 at once, FULL, ÷ fetch loop with a row per call (FULL)',
    direction: 'at least',
    limit: 1.6,
    figure: ratio('concurrent', { ours: 'aiworkflow', other: 'fetch-row-full', figure: runsPerSecond }),
  },
  {
    aim: 'the same ÷ the fastest public SDK without a log',
    direction: 'at least',
    limit: 1,
    figure: ratioToBestPeer('concurrent', { ours: 'aiworkflow', figure: runsPerSecond, best: 'highest' }),
  },
  {
    aim: 'log per turn at 10 turns, KB',
    direction: 'at most',
    limit: 1.5,
    figure: (round) => logKb(take(round, 'latency', 'aiworkflow')),
  },
  {
    aim: 'log of 200 turns with 50 KB results, MB',
    direction: 'at most',
    limit: 5,
    figure: (round) => logMb(take(round, 'bulky', 'aiworkflow')),
  },
  {
    aim: 'CPU ms that a turn costs more at 200 turns than at 20, less the same of the streamed floor',
    direction: 'at most',
    limit: 0,
    figure: growthBeyondFloor,
  },
  {
    aim: 'peak memory at 500 runs, MB',
    direction: 'at most',
    limit: 420,
    digits: 0,
    figure: (round) => take(round, 'concurrent', 'aiworkflow')?.peakRssMb,
  },
  {
    aim: 'peak memory of an idle `aiworkflow run`, MB',
    direction: 'at most',
    limit: 130,
    digits: 0,
    figure: (round) => round.commandLine?.idlePeakRssMb,
  },
  {
    aim: 'from the start of `aiworkflow run` to its first model call, ms',
    direction: 'at most',
    limit: 150,
    digits: 0,
    figure: (round) => round.commandLine?.readyMs,
  },
  {
    aim: 'frozen replay of 10,013 calls, calls a second',
    direction: 'at least',
    limit: 5_000,
    digits: 0,
    figure: (round) => round.rerun?.replay?.callsPerSecond,
  },
  {
    aim: '`aiworkflow resume` of a run with 10,013 calls until its first live call, ms',
    direction: 'at most',
    limit: 2_000,
    digits: 0,
    figure: (round) => round.rerun?.resume?.cliMs,
  },
  {
    aim: 'its peak memory, MB',
    direction: 'at most',
    limit: 250,
    digits: 0,
    figure: (round) => round.rerun?.resume?.cliPeakRssMb,
  },
  {
    aim: 'the same through the API, ms',
    direction: 'at most',
    limit: 2_000,
    digits: 0,
    figure: (round) => round.rerun?.resume?.apiMs,
  },
  {
    aim: 'its peak memory, MB',
    direction: 'at most',
    limit: 250,
    digits: 0,
    figure: (round) => round.rerun?.resume?.apiPeakRssMb,
  },
];
