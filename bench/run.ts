// npm run bench -- [--rounds 5] [--cases latency,concurrent,…] [--subjects a,b] [--peers <folder>] [--json <file>]
// Measures aiworkflow beside loops written by hand, and prints tables and what became of each aim.
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Round, verdicts } from './aims.ts';
import { type Case, type CaseName, cases } from './cases.ts';
import { measureCommandLine } from './command-line.ts';
import { loadNow, machineLine } from './machine.ts';
import { type MockServer, measureInWorker, scratch, startMockServer } from './processes.ts';
import { caseTable, commandLineTable, rerunTables, verdictTable } from './report.ts';
import { type LongRun, measureReruns, prepareLongRun } from './rerun.ts';
import { ownSubjects, peerSubjects } from './subjects.ts';
import type { Measurement } from './worker.ts';

interface Plan {
  readonly rounds: number;
  readonly cases: readonly CaseName[];
  readonly commandLine: boolean;
  readonly replay: boolean;
  readonly resume: boolean;
  readonly subjects: readonly string[];
  readonly peers: string | undefined;
  readonly json: string | undefined;
}

/** Measured apart from the others: the first and the last start the built command line itself. */
const apart = ['command-line', 'replay', 'resume'];

const plan = readPlan();
const server = await startMockServer();
try {
  const rounds = await measureRounds(server);
  console.log(`\n${machineLine()}; load at the end ${loadNow()}\n`);
  for (const name of plan.cases) console.log(caseTable(name, rounds));
  if (plan.commandLine) console.log(commandLineTable(rounds));
  console.log(rerunTables(rounds));
  console.log(verdictTable(verdicts(rounds)));
  if (plan.json !== undefined)
    writeFileSync(plan.json, JSON.stringify({ machine: machineLine(), rounds }, null, 1));
} finally {
  server.stop();
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      cases: { type: 'string', default: [...Object.keys(cases), ...apart].join(',') },
      subjects: { type: 'string' },
      peers: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const asked = values.cases.split(',');
  const unknown = asked.find((name) => !apart.includes(name) && !Object.hasOwn(cases, name));
  if (unknown !== undefined)
    throw new Error(
      `no case is called "${unknown}"; there are ${[...Object.keys(cases), ...apart].join(', ')}`,
    );
  const peers = resolve(values.peers ?? join(import.meta.dirname, '../../shared/bench'));
  const subjects = [...ownSubjects, ...peerSubjects(peers)];
  const wanted = values.subjects?.split(',') ?? subjects;
  if (!subjects.some((name) => name.startsWith('peer:')))
    console.error(
      `No public SDK beside us: ${existsSync(peers) ? `nothing is installed in ${peers}` : 'no --peers folder'}.`,
    );
  return {
    rounds: Number(values.rounds),
    cases: asked.filter((name): name is CaseName => Object.hasOwn(cases, name)),
    commandLine: asked.includes('command-line'),
    replay: asked.includes('replay'),
    resume: asked.includes('resume'),
    subjects: subjects.filter((name) => wanted.includes(name)),
    peers,
    json: values.json && resolve(values.json),
  };
}

async function measureRounds({ origin }: MockServer): Promise<Round[]> {
  const rounds: Round[] = [];
  // The first start of all fills the compile cache, as a user's first start does.
  if (plan.commandLine) await measureCommandLine(origin);
  const long = plan.replay || plan.resume ? await prepareLongRun(origin) : undefined;
  for (let index = 0; index < plan.rounds; index++) {
    const measured: Partial<Record<CaseName, Record<string, Measurement>>> = {};
    for (const name of plan.cases) measured[name] = await measureCase(name, { index, origin });
    rounds.push({
      measured,
      ...(plan.commandLine && { commandLine: await measureCommandLine(origin) }),
      ...(long && { rerun: await measureLong(long, { index, origin }) }),
    });
  }
  long?.remove();
  return rounds;
}

async function measureLong(long: LongRun, { index, origin }: { index: number; origin: string }) {
  const { replay, resume } = plan;
  const found = await measureReruns(long, { origin, only: { replay, resume } });
  const { callsPerSecond = 0 } = found.replay ?? {};
  const { cliMs = 0, cliPeakRssMb = 0 } = found.resume ?? {};
  console.error(
    `round ${index + 1} replay ${callsPerSecond.toFixed(0)} calls/s, resume ${cliMs.toFixed(0)} ms, ${cliPeakRssMb.toFixed(0)} MB, load ${loadNow()}`,
  );
  return found;
}

async function measureCase(
  name: CaseName,
  round: { index: number; origin: string },
): Promise<Record<string, Measurement>> {
  const found: Record<string, Measurement> = {};
  const one: Case = cases[name];
  const subjects = plan.subjects.filter((subject) => one.only?.includes(subject) ?? true);
  for (const subject of rotated(subjects, round.index)) {
    const order = { ...one, subject, origin: round.origin, dbPath: join(scratch, `${name}.db`) };
    const measurement = await measureInWorker({
      ...order,
      ...(plan.peers !== undefined && { peers: plan.peers }),
    });
    found[subject] = measurement;
    const { cpuMs, turns, peakRssMb } = measurement;
    console.error(
      `round ${round.index + 1} ${name.padEnd(10)} ${subject.padEnd(22)} CPU ${(cpuMs / turns).toFixed(3)} ms/turn, ${peakRssMb.toFixed(0)} MB, load ${loadNow()}`,
    );
  }
  return found;
}

/** The order changes from round to round: whoever runs after a heavy subject must not always be the same. */
function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const start = (by * 3) % Math.max(1, items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
