// `npm run crash -- --seed 1 --times 200`: the program is killed at so many moments, and every run must still come to the
// same end. A seed that fails can be tried again alone: --seed <that> --times 1.
import { parseArgs } from 'node:util';
import { proveCrash, type Reference, undisturbed } from './support/prove-crash.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    times: { type: 'string', default: '200' },
    power: { type: 'string', default: '20' },
  },
});
const first = Number(values.seed);
const times = Number(values.times);
const power = Math.min(Number(values.power), times);
console.log(`crash: seeds ${first} to ${first + times - 1}, the first ${power} of them by loss of power`);

const totals = { kills: 0, resumes: 0, decisions: 0, probes: 0, inDoubtUsd: 0, billedUsd: 0, loggedUsd: 0 };
const failed: string[] = [];
const startMs = performance.now();
const reference: Reference = await undisturbed();
let next = 0;

// Two at once: as many as a small machine has cores, and they disturb each other's timing.
await Promise.all([work(), work()]);
const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
console.log(
  `${times} runs, ${totals.kills} kills, ${totals.resumes} resumes, ${totals.decisions} decisions by hand, ${totals.probes} probes asked; ` +
    `billed $${totals.billedUsd.toFixed(4)}, logged $${totals.loggedUsd.toFixed(4)} of which in doubt $${totals.inDoubtUsd.toFixed(4)}; ${seconds} s`,
);
for (const line of failed) console.error(line);
console.log(failed.length === 0 ? 'all as undisturbed' : `${failed.length} FAILED`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function work(): Promise<void> {
  for (let index = next++; index < times; index = next++) {
    const seed = first + index;
    try {
      const proof = await proveCrash(
        { seed, by: index < power ? 'power' : 'kill', withProbe: seed % 2 === 0 },
        reference,
      );
      totals.kills += proof.moments.length;
      totals.resumes += proof.resumes;
      totals.decisions += proof.decisions;
      totals.probes += proof.probes;
      totals.inDoubtUsd += proof.inDoubtUsd;
      totals.billedUsd += proof.billedUsd;
      totals.loggedUsd += proof.loggedUsd;
      if (proof.faults.length > 0)
        failed.push(
          `seed ${seed}, killed after ${proof.moments.join('; ')}:\n  ${proof.faults.join('\n  ')}`,
        );
    } catch (error) {
      failed.push(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
