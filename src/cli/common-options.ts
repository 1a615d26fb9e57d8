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
