import { Option } from 'commander';

/** Options that several commands have, with one wording. */
export const projectOption = (): Option =>
  new Option('--project <dir>', 'folder with aiworkflow.yaml, workflows/ and prompts/').default('.');

export const databaseOption = (): Option =>
  new Option(
    '--db <file>',
    'the audit log (default: AIWORKFLOW_DB, `database:` of the project, .aiworkflow/audit.db)',
  );

export interface LogOptions {
  readonly project: string;
  readonly db?: string;
}

/** For options that may be given several times. */
export const collect = (value: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  value,
];

export const paramOption = (): Option =>
  new Option(
    '--param <name=value>',
    'a parameter; name=@file.json reads a file; may be given several times',
  ).argParser(collect);

export const modelOption = (): Option =>
  new Option(
    '--model <model>',
    'provider:model for all steps, or step=provider:model for one; may be given several times',
  ).argParser(collect);

export const budgetOption = (): Option =>
  new Option('--budget <usd>', 'US dollars for the run, instead of the budget per run of the workflow');

export const limitOption = (): Option =>
  new Option(
    '--limit <name=number>',
    'a limit of each step (turns, toolCalls, wallTimeMs, …); may be given several times',
  ).argParser(collect);

export const asRecordedOption = (): Option =>
  new Option('--as-recorded', 'use the definition that the run was made with, whatever the files say now');
