import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { DefinitionError, messageOf } from '../../errors/index.ts';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import { withPlace } from '../suggested-commands.ts';
import { wrongUsage } from '../wrong-usage.ts';

interface ResolveOptions extends LogOptions {
  readonly result?: string;
  readonly retry?: true;
  readonly skip?: true;
  readonly why?: string;
  readonly by?: string;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('resolve')
    .description('decide about a call that is in doubt: it was begun, and nobody knows whether it happened')
    .argument('<run>', "a run's id, the beginning of one, or `last`")
    .argument('<call>', 'its position (load/t2.1), or its number in `show`')
    .option('--retry', 'it did not happen: make it again')
    .option('--result <file>', 'it happened, and this file holds what it answered')
    .option('--skip', 'go on without it')
    .option('--why <text>', 'the reason, for the log')
    .option('--by <name>', 'who decides (default: the user of this machine)')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((run: string, call: string, options: ResolveOptions) =>
      resolveCommand(cli, { run, call, options }),
    );
}

async function resolveCommand(
  cli: Cli,
  { run, call, options }: { readonly run: string; readonly call: string; readonly options: ResolveOptions },
): Promise<void> {
  const decision = readDecision(options);
  const { why, by = userInfo().username } = options;
  if (!why?.trim()) throw wrongUsage('A decision needs its reason.', 'add --why "what you found out".');
  const [{ runNamed }, { resolveCall }, { withRuntime }] = await Promise.all([
    import('../run-named.ts'),
    import('../../runtime/rerun/resolve-call.ts'),
    import('../run-in-progress.ts'),
  ]);
  const runId = await runNamed(cli, options, run);
  const resolved = await withRuntime(cli, options, (runtime) =>
    resolveCall(runtime, runId, { call, by, why, ...decision }),
  );
  cli.terminal.out(`${resolved.position}: ${words[resolved.decision]} (${by}: ${why})`);
  cli.terminal.err(withPlace(`Go on: aiworkflow resume ${runId}`, cli.place));
}

const words = { retry: 'will be made again', result: 'has the result that you gave', skip: 'is passed over' };

function readDecision({ retry, result, skip }: ResolveOptions) {
  const given = [retry && '--retry', result !== undefined && '--result', skip && '--skip'].filter(Boolean);
  if (given.length !== 1)
    throw wrongUsage(
      given.length === 0 ? 'No decision is given.' : `${given.join(' and ')} exclude each other.`,
      'give one of --retry, --result <file> and --skip.',
    );
  if (result !== undefined) return { decision: 'result', resultText: readResult(result) } as const;
  return { decision: retry ? 'retry' : 'skip' } as const;
}

function readResult(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new DefinitionError({
      code: 'FILE_NOT_FOUND',
      message: `--result: ${path} cannot be read: ${messageOf(cause)}.`,
      hint: 'name a file with the text or JSON that the call answered.',
      cause,
    });
  }
}
