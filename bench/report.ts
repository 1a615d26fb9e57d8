import type { Round, Verdict } from './aims.ts';
import { type CaseName, cases } from './cases.ts';
import type { ReplayFigures, ResumeFigures } from './rerun.ts';
import { showSpread, spreadOf } from './statistics.ts';
import type { Measurement } from './worker.ts';

/** Markdown tables, so that they can be pasted into docs/benchmarks.md as they are. */
export function caseTable(name: CaseName, rounds: readonly Round[]): string {
  const { turns, toolBytes, runs, inFlight } = cases[name];
  const bySubject = Map.groupBy(
    rounds.flatMap((round) => Object.entries(round.measured[name] ?? {})),
    ([subject]) => subject,
  );
  const rows = [...bySubject].map(([subject, entries]) =>
    row(
      subject,
      entries.map(([, measurement]) => measurement),
      { turns, runs },
    ),
  );
  return table(
    `${name}: ${runs} run${runs > 1 ? 's' : ''} of ${turns} turns, ${toolBytes / 1024} KB results, ${inFlight} at once`,
    ['subject', 'n', 'ms/turn, median run', 'CPU ms/turn', 'runs/s', 'peak RSS MB', 'log KB/turn'],
    rows,
  );
}

function row(subject: string, all: readonly Measurement[], of: { turns: number; runs: number }): string[] {
  const show = (figure: (one: Measurement) => number, digits?: number): string =>
    showSpread(spreadOf(all.map(figure)), digits);
  return [
    subject,
    String(all.length),
    show((one) => one.runMs.p50 / of.turns),
    show((one) => one.cpuMs / one.turns),
    show((one) => of.runs / (one.wallMs / 1000), 1),
    show((one) => one.peakRssMb, 0),
    all.some((one) => one.log) ? show((one) => (one.log?.bytesPerTurn ?? Number.NaN) / 1024) : '–',
  ];
}

export function commandLineTable(rounds: readonly Round[]): string {
  const runs = rounds.flatMap(({ commandLine }) => (commandLine ? [commandLine] : []));
  const idle = runs.flatMap(({ idlePeakRssMb }) => (idlePeakRssMb === undefined ? [] : [idlePeakRssMb]));
  return table(
    'command line: `aiworkflow run` of one prompt',
    ['n', 'ms to the first model call', 'bare `node -e 0`, ms', 'peak RSS while it waits, MB'],
    [
      [
        String(runs.length),
        showSpread(spreadOf(runs.map(({ readyMs }) => readyMs)), 0),
        showSpread(spreadOf(runs.map(({ bareNodeMs }) => bareNodeMs)), 0),
        idle.length > 0 ? showSpread(spreadOf(idle), 0) : '–',
      ],
    ],
  );
}

export function rerunTables(rounds: readonly Round[]): string {
  const reruns = rounds.flatMap(({ rerun }) => (rerun ? [rerun] : []));
  const [first] = reruns;
  if (!first) return '';
  const size = `${(first.logBytes / 2 ** 20).toFixed(1)} MB, ${(first.logBytes / first.calls / 1024).toFixed(2)} KB a call`;
  const replays = reruns.flatMap(({ replay }) => (replay ? [replay] : []));
  const resumes = reruns.flatMap(({ resume }) => (resume ? [resume] : []));
  return [
    ...(replays.length > 0 ? [replayTable(replays, `${first.calls} calls, log of ${size}`)] : []),
    ...(resumes.length > 0 ? [resumeTable(resumes, `${first.calls} calls`)] : []),
  ].join('\n');
}

function replayTable(replays: readonly ReplayFigures[], of: string): string {
  const loops = Object.keys(replays[0]?.loops ?? {}).map((name) => [
    name,
    String(replays.length),
    spread(replays, ({ loops: all }) => all[name]),
    '–',
    spread(replays, ({ callsPerSecond, loops: all }) => callsPerSecond / (all[name] ?? Number.NaN), 2),
  ]);
  const own = [
    'frozen replay',
    String(replays.length),
    spread(replays, ({ callsPerSecond }) => callsPerSecond),
    spread(replays, ({ peakRssMb }) => peakRssMb),
    '1',
  ];
  return table(
    `replay: ${of}`,
    ['subject', 'n', 'calls/s', 'peak RSS MB', 'the replay is so many times as fast'],
    [own, ...loops],
  );
}

function resumeTable(resumes: readonly ResumeFigures[], of: string): string {
  const row = (name: string, ms: Figure<ResumeFigures>, peak: Figure<ResumeFigures>): string[] => [
    name,
    String(resumes.length),
    spread(resumes, ms),
    spread(resumes, peak),
  ];
  return table(
    `resume: ${of}, until the first live call`,
    ['way', 'n', 'ms', 'peak RSS MB'],
    [
      row(
        '`aiworkflow resume`, from the start of the process; verifies the run first',
        ({ cliMs }) => cliMs,
        ({ cliPeakRssMb }) => cliPeakRssMb,
      ),
      row(
        '`resumeRun`, from before the log is opened',
        ({ apiMs }) => apiMs,
        ({ apiPeakRssMb }) => apiPeakRssMb,
      ),
    ],
  );
}

type Figure<One> = (one: One) => number | undefined;

function spread<One>(all: readonly One[], figure: Figure<One>, digits = 0): string {
  const figures = all.map(figure).filter((value) => value !== undefined);
  return figures.length === 0 ? '–' : showSpread(spreadOf(figures), digits);
}

export function verdictTable(all: readonly Verdict[]): string {
  const rows = all.map(({ aim, limit, found, verdict, n }) => [aim, limit, found, String(n), verdict]);
  return table('aims', ['figure', 'aim', 'median (lowest–highest)', 'n', 'verdict'], rows);
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `### ${title}\n\n${lines.join('\n')}\n`;
}
