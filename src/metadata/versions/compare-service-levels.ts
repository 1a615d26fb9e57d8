import type { Contract } from '../lake/contract-shape.ts';
import type { Change } from './change.ts';
import { isSame, wordsOnly } from './words-only.ts';

interface ServiceLevel {
  readonly property: string;
  readonly value?: unknown;
  readonly unit?: unknown;
  readonly element?: unknown;
}

const moreIsBetter = new Set(['retention', 'availability', 'throughput']);
const lessIsBetter = new Set([
  'latency',
  'frequency',
  'errorRate',
  'timeToDetect',
  'timeToNotify',
  'timeToRepair',
]);

/** What is promised about when and for how long the data is there. */
export function compareServiceLevels(was: Contract, now: Contract): Change[] {
  const [before, after] = [levelsOf(was), levelsOf(now)];
  return [
    ...before.flatMap((level) => {
      const other = after.find((one) => isSameLevel(one, level));
      return other
        ? compareLevel(level, other)
        : [change(level, 'breaking', 'the service level is promised no more')];
    }),
    ...after
      .filter((level) => !before.some((one) => isSameLevel(one, level)))
      .map((level) => change(level, 'compatible', 'the service level is promised now')),
  ];
}

function levelsOf(contract: Contract): readonly ServiceLevel[] {
  const { slaProperties } = contract;
  return Array.isArray(slaProperties) ? (slaProperties as ServiceLevel[]) : [];
}

const isSameLevel = (a: ServiceLevel, b: ServiceLevel): boolean =>
  a.property === b.property && isSame(a.element, b.element);

function compareLevel(was: ServiceLevel, now: ServiceLevel): Change[] {
  const path = `sla ${now.property}`;
  const words = wordsOnly(was, now, { path, but: ['property', 'value', 'unit', 'element'] });
  if (isSame(was.value, now.value) && isSame(was.unit, now.unit)) return words;
  const text = `it was ${said(was)} and is ${said(now)}`;
  return [...words, change(now, isBetter(was, now) ? 'compatible' : 'breaking', text)];
}

function isBetter(was: ServiceLevel, now: ServiceLevel): boolean {
  if (!isSame(was.unit, now.unit) || typeof was.value !== 'number' || typeof now.value !== 'number')
    return false;
  if (moreIsBetter.has(now.property)) return now.value > was.value;
  return lessIsBetter.has(now.property) && now.value < was.value;
}

const said = ({ value, unit }: ServiceLevel): string =>
  `${String(value)}${unit === undefined ? '' : ` ${String(unit)}`}`;

const change = ({ property }: ServiceLevel, kind: Change['kind'], words: string): Change => ({
  kind,
  path: `sla ${property}`,
  words,
});
