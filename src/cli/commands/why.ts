import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AuditFile } from '../../audit/sqlite/index.ts';
import type { Explanation } from '../../lineage/answer.ts';
import type { Cli } from '../cli.ts';
import { collect, databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import { logFile, withLog } from '../open-log.ts';
import { counted } from '../render/counts.ts';
import type { NoLog } from '../why/open-sources.ts';
import type { Question, Sources } from '../why/question.ts';
import { wrongUsage } from '../wrong-usage.ts';

interface WhyOptions extends LogOptions {
  readonly key?: readonly string[];
  readonly at?: string;
  readonly depth: number;
  readonly warehouse?: string;
  readonly openlineage?: string;
  readonly full?: true;
  readonly json?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('why')
    .description(
      'say why a table, a column or a row is as it is: file, rule, SQL, call, prompt, model, approver',
    )
    .argument('<table>', 'schema.table, or schema.table.column')
    .addOption(new Option('--key <column=value>', 'one row; may be given several times').argParser(collect))
    .option('--at <moment>', "as it was: a snapshot's id, or a time (2026-01-31T12:00, UTC)")
    .addOption(new Option('--depth <n>', 'how many tables back').argParser(readDepth).default(10))
    .option(
      '--warehouse <dir>',
      "the lake's folder (default: that of the project's lake server, .aiworkflow/lake)",
    )
    .option(
      '--openlineage <target>',
      'write the runs of the answer as OpenLineage events to a file or an http(s) URL',
    )
    .option('--full', 'every statement, call and file of a table or a column, as of one row')
    .option('--json', 'print JSON')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((table: string, options: WhyOptions) => whyCommand(cli, table, options));
}

async function whyCommand(cli: Cli, text: string, options: WhyOptions): Promise<void> {
  const [{ withSources }, { findAsked }] = await Promise.all([
    import('../why/open-sources.ts'),
    import('../why/lake-reader.ts'),
  ]);
  await withLogIfThere(cli, options, (log) =>
    withSources({ log, cli, places: options }, async (sources) => {
      const question: Question = {
        ...findAsked(sources.lake, text),
        ...keyOf(options),
        ...momentOf(options),
        depth: options.depth,
      };
      const explanation = await sources.explain(question);
      await print(cli, explanation, options);
      if (options.openlineage !== undefined && !('absent' in log))
        await emit({ log, sources, cli, options, target: options.openlineage }, explanation);
    }),
  );
}

/** Without the log the lake still tells the half of it; events of runs are nothing without it. */
async function withLogIfThere(
  cli: Cli,
  options: WhyOptions,
  use: (log: AuditFile | NoLog) => Promise<void>,
): Promise<void> {
  const file = await logFile(cli, options);
  const isNamed = options.db !== undefined || options.openlineage !== undefined || cli.env['AIWORKFLOW_DB'];
  return isNamed || existsSync(file) ? withLog(cli, options, use) : use({ absent: file });
}

interface Emit {
  readonly log: AuditFile;
  readonly sources: Sources;
  readonly cli: Cli;
  readonly options: WhyOptions;
  readonly target: string;
}

async function emit({ log, sources, cli, options, target }: Emit, explanation: Explanation): Promise<void> {
  const [{ emitRuns }, { runsIn }] = await Promise.all([
    import('../lineage/emit.ts'),
    import('../why/runs-in.ts'),
  ]);
  const runIds = runsIn(explanation);
  const sent = await emitRuns({ log, sources, project: options.project, env: cli.env, target }, runIds);
  cli.terminal.err(`${sent} OpenLineage events of ${counted(runIds.length, 'run')} to ${target}`);
}

async function print(
  { terminal, place }: Cli,
  explanation: Explanation,
  { json, full, at }: WhyOptions,
): Promise<void> {
  if (json) return terminal.out(JSON.stringify(explanation));
  const [{ whyPage }, { quoted }] = await Promise.all([
    import('../why/page.ts'),
    import('../render/quoted.ts'),
  ]);
  terminal.out(
    whyPage(explanation, {
      style: terminal.outStyle,
      columns: terminal.columns,
      place,
      isFull: full === true,
      ...(at !== undefined && { at: ` --at ${quoted(at)}` }),
    }).join('\n'),
  );
}

function keyOf({ key }: WhyOptions): Pick<Question, 'key'> {
  if (key === undefined) return {};
  return {
    key: Object.fromEntries(
      key.map((text) => {
        const sign = text.indexOf('=');
        if (sign < 1)
          throw wrongUsage(
            `--key "${text}" is no column=value.`,
            'write --key sku=A-1; several of them for a key of several columns.',
          );
        return [text.slice(0, sign), text.slice(sign + 1)];
      }),
    ),
  };
}

/** Digits are a snapshot; a year alone would be one too, so a time needs its month. */
function momentOf({ at }: WhyOptions): Pick<Question, 'at'> {
  if (at === undefined) return {};
  if (/^\d+$/.test(at)) return { at: { snapshotId: at } };
  const timestampMs = Date.parse(
    /[zZ]$|[+-]\d\d:?\d\d$/.test(at) || !/[T ]/.test(at) ? at : `${at.replace(' ', 'T')}Z`,
  );
  if (Number.isNaN(timestampMs))
    throw wrongUsage(
      `--at "${at}" is no snapshot and no time.`,
      'write digits of a snapshot, or a time such as 2026-01-31T12:00 (UTC).',
    );
  return { at: { timestampMs } };
}

function readDepth(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 0 to 999.');
  return Number(text);
}
