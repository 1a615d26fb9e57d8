// `npm run crash -- --seed 1 --times 200`: the program is killed at so many moments, and every run must still come to the
// same end. A seed that fails can be tried again alone: --seed <that> --times 1 --by <that>.
import { parseArgs } from 'node:util';
import type { CrashPlan } from './support/crash-and-resume.ts';
import { type Proof, proveAll } from './support/prove-crash.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    times: { type: 'string', default: '200' },
    by: { type: 'string', default: 'all' },
  },
});
const [first, times] = [Number(values.seed), Number(values.times)];
console.log(`crash: --seed ${first} --times ${times} --by ${values.by}`);

const startMs = performance.now();
const proven = await proveAll(
  Array.from({ length: times }, (_, index) => ({
    seed: first + index,
    by: wayOf(index),
    withProbe: (first + index) % 2 === 0,
  })),
);
const proofs = proven.flatMap(({ proof }) => (proof ? [proof] : []));
const sum = (count: (proof: Proof) => number): number =>
  proofs.reduce((total, proof) => total + count(proof), 0);
const faults = proven.flatMap((one) => one.faults);

console.log(
  [
    `${proofs.length} runs, killed ${sum(({ moments }) => moments.length)} times, resumed ${sum(({ resumes }) => resumes)} times`,
    `${sum(({ decisions }) => decisions)} calls in doubt decided by hand, ${sum(({ probes }) => probes)} probes asked`,
    `billed $${sum(({ billedUsd }) => billedUsd).toFixed(4)}, logged $${sum(({ loggedUsd }) => loggedUsd).toFixed(4)}, of which reserved for calls without an end $${sum(({ inDoubtUsd }) => inDoubtUsd).toFixed(4)}`,
    `${((performance.now() - startMs) / 1000).toFixed(0)} s`,
    ...faults,
    faults.length === 0 ? 'all as undisturbed' : `${faults.length} FAULTS`,
  ].join('\n'),
);
process.exitCode = faults.length === 0 ? 0 : 1;

/** Three fifths are killed, the others lose their power or are interrupted in turn. */
function wayOf(index: number): CrashPlan['by'] {
  const ways = ['kill', 'power', 'kill', 'interrupt', 'kill'] as const;
  return ways.find((way) => way === values.by) ?? ways[index % ways.length] ?? 'kill';
}
