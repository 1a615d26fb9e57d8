import { Option } from 'commander';
import { quoted } from '../render/quoted.ts';

export interface LakeOptions {
  readonly project: string;
  readonly warehouse?: string;
  readonly json?: true;
}

export const warehouseOption = (): Option =>
  new Option(
    '--warehouse <dir>',
    'the folder of the tables (default: that of the lake server in aiworkflow.yaml, .aiworkflow/lake)',
  );

export const byOption = (): Option =>
  new Option('--by <name>', 'who decided it (default: the user of this machine)');

/** ` --warehouse there`, as it was typed: a command that is suggested must change the same lake. */
export function lakePlace({ warehouse, project }: LakeOptions): string {
  if (warehouse !== undefined) return ` --warehouse ${quoted(warehouse)}`;
  return project === '.' ? '' : ` --project ${quoted(project)}`;
}
