import { existsSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { DefinitionError } from '../../errors/index.ts';
import type { Runtime } from '../../runtime.ts';
import type { Cli } from '../cli.ts';
import type { LogOptions } from '../common-options.ts';
import { logFile, withLog } from '../open-log.ts';
import { wrongUsage } from '../wrong-usage.ts';
import type { ContractCheck } from './check-contract.ts';

export interface ContractOptions extends LogOptions {
  readonly contract?: string;
  readonly againstLast?: string;
  readonly step?: string;
  readonly workflow?: string;
  readonly json?: true;
}

const defaultCount = 30;

/** Options that mean nothing without `--contract` must not be taken for a check that was made. */
export function requireContract({ contract, againstLast, step, workflow }: ContractOptions): void {
  const lone = Object.entries({ '--against-last': againstLast, '--step': step, '--workflow': workflow }).find(
    ([, value]) => value !== undefined,
  )?.[0];
  if (contract === undefined && lone !== undefined)
    throw wrongUsage(`${lone} is for --contract.`, 'write --contract <file> too, or leave it out.');
}

/** Says whether the newest answers in the log would still pass a contract that was edited. */
export async function checkContractCommand(
  cli: Cli,
  runtime: Runtime,
  options: ContractOptions & { readonly contract: string },
): Promise<void> {
  const [{ loadContractFile }, { checkContract }, { contractLines, nothingToHold }] = await Promise.all([
    import('../../definitions/index.ts'),
    import('./check-contract.ts'),
    import('./contract-lines.ts'),
  ]);
  const count = readCount(options.againstLast);
  const { projectDir, config, services } = runtime;
  const { schemas, templates } = services;
  const context = { project: { dir: projectDir, config }, schemas, templates };
  const file = await loadContractFile(context, inProject(projectDir, options.contract));
  const { step, workflow: workflowId } = options;
  // A check leaves no file behind.
  const check = existsSync(await logFile(cli, options))
    ? await withLog(cli, options, (log) =>
        checkContract(log, {
          file,
          count,
          schemas,
          ...(step !== undefined && { step }),
          ...(workflowId !== undefined && { workflowId }),
        }),
      )
    : nothingToHold(file.file);
  requireFound(check, options);
  const { terminal } = cli;
  terminal.out(options.json ? JSON.stringify(check) : contractLines(check, terminal.outStyle).join('\n'));
  if (check.failed.length > 0) cli.exitCode = 1;
}

/** A contract that nothing has answered yet breaks nothing; a step that was named and is not there is a mistake. */
function requireFound(
  { answers, redacted, contract }: ContractCheck,
  { step, workflow }: ContractOptions,
): void {
  if (answers + redacted > 0 || (step === undefined && workflow === undefined)) return;
  const named = [step && `step "${step}"`, workflow && `workflow "${workflow}"`].filter(Boolean).join(' of ');
  throw new DefinitionError({
    code: 'STEP_UNKNOWN',
    message: `The log holds no accepted answer of ${named} to hold against ${contract}.`,
    hint: '`aiworkflow runs` lists the runs, `aiworkflow show <run>` their steps.',
  });
}

function inProject(projectDir: string, path: string): string {
  return relative(projectDir, resolve(path)).split(sep).join('/');
}

function readCount(text: string | undefined): number {
  if (text === undefined) return defaultCount;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw wrongUsage(`--against-last "${text}" is no number of answers.`, 'write --against-last 30');
}
