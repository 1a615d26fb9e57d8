import { readFileSync } from 'node:fs';
import { type Budget, type Limits, limitsSchema } from '../domain/limits.ts';
import type { ModelChoice } from '../engine/runs/workflow-run.ts';
import { DefinitionError, messageOf } from '../errors/index.ts';
import { wrongUsage } from './wrong-usage.ts';

/** `--param k=v` as text by name; `k=@file.json` is the JSON of the file. The declared types are applied later. */
export function readParams(given: readonly string[]): Record<string, unknown> {
  const params = new Map<string, unknown>();
  for (const text of given) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined)
      throw wrongUsage(`--param "${text}" has no value.`, 'write --param name=value, or name=@file.json.');
    if (params.has(name)) throw wrongUsage(`--param ${name} is given twice.`, 'keep one of them.');
    params.set(name, value.startsWith('@') ? readJsonFile(name, value.slice(1)) : value);
  }
  return Object.fromEntries(params);
}

/** `--model m` for all steps, `--model step=m` for one. A model's name may hold `=`; a step's id may not hold `:`. */
export function readModels(given: readonly string[]): Omit<ModelChoice, 'fallback'> {
  const steps = new Map<string, string>();
  let all: string | undefined;
  for (const text of given) {
    const [, step, model] = /^([a-z][a-z0-9_]*)=(.+)$/s.exec(text) ?? [];
    if (step !== undefined && model !== undefined) steps.set(step, model);
    else if (/^[^:]*=|^$/.test(text))
      throw wrongUsage(`--model "${text}" names no step and no model.`, 'write --model step=provider:model.');
    else if (all !== undefined)
      throw wrongUsage(
        `--model is given twice for all steps: ${all} and ${text}.`,
        'write --model step=provider:model for one step.',
      );
    else all = text;
  }
  return { steps: Object.fromEntries(steps), ...(all !== undefined && { all }) };
}

/** `--budget 2.50`: US dollars for the run. */
export function readBudget(given: string | undefined): Budget | undefined {
  if (given === undefined) return undefined;
  const usd = Number(given);
  if (!(usd > 0) || !Number.isFinite(usd))
    throw wrongUsage(`--budget "${given}" is no amount of dollars.`, 'write --budget 2.50');
  return { usd };
}

/** `--limit turns=100`. */
export function readLimits(given: readonly string[]): Limits | undefined {
  if (given.length === 0) return undefined;
  const entries = given.map((text): [string, number] => {
    const [, name = '', value = ''] = /^([A-Za-z]+)=(\d+)$/.exec(text) ?? [];
    if (name === '') throw wrongUsage(`--limit "${text}" is no limit.`, 'write --limit turns=100');
    return [name, Number(value)];
  });
  const { success, data } = limitsSchema.safeParse(Object.fromEntries(entries));
  if (success) return data;
  const known = Object.keys(limitsSchema.shape);
  const unknown = entries.map(([name]) => name).find((name) => !known.includes(name));
  if (unknown === undefined)
    throw wrongUsage(
      `--limit ${given.join(' ')}: a limit cannot be that number.`,
      'write a whole number from 1 on: --limit turns=100',
    );
  throw wrongUsage(`--limit ${unknown} is not one that there is.`, `there are: ${known.join(', ')}.`);
}

function readJsonFile(name: string, path: string): unknown {
  const text = readText(name, path);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DefinitionError({
      code: 'PARAM_INVALID',
      message: `--param ${name}: ${path} is not JSON: ${messageOf(cause)}.`,
      hint: 'mend the file, or give the text itself without @.',
      cause,
    });
  }
}

function readText(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new DefinitionError({
      code: 'FILE_NOT_FOUND',
      message: `--param ${name}: ${path} cannot be read: ${messageOf(cause)}.`,
      hint: `name a JSON file after @, or give the value itself: --param ${name}=…`,
      cause,
    });
  }
}
