import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { ProjectConfig } from '../../domain/project-config.ts';
import { AiworkflowError, messageOf } from '../../errors/index.ts';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import type { Examination, Finding } from '../doctor/finding.ts';
import { lake } from '../doctor/lake.ts';
import { diskSpace, duckdb, node } from '../doctor/machine.ts';
import { auditLog, keys, project } from '../doctor/project.ts';
import { serversOfLostLakes, tablesWritten } from '../doctor/tables-written.ts';
import { toolServers } from '../doctor/tool-servers.ts';
import type { UpgradeListener } from '../open-log.ts';
import { printable } from '../render/printable.ts';
import type { Ink, Style } from '../render/style.ts';
import { withPlace } from '../suggested-commands.ts';

interface DoctorOptions extends LogOptions {
  readonly json?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description('look at everything that a run needs, and say what to do about what is missing')
    .option('--json', 'print one line of JSON per finding')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((options: DoctorOptions) => doctorCommand(cli, options));
}

async function doctorCommand(cli: Cli, options: DoctorOptions): Promise<void> {
  const { terminal } = cli;
  for (const examination of await examinations(cli, options)) {
    for (const finding of await look(examination)) {
      const told = toldFrom(cli, finding);
      terminal.out(options.json ? JSON.stringify(told) : findingLine(told, terminal.outStyle));
      if (finding.level === 'fail') cli.exitCode = 1;
    }
  }
}

async function examinations(cli: Cli, options: DoctorOptions): Promise<Examination[]> {
  const dir = resolve(options.project);
  const { loadProject } = await import('../../definitions/index.ts');
  const { logFile, upgradeWords } = await import('../open-log.ts');
  // A broken aiworkflow.yaml must not hide what is wrong with the machine: it becomes a finding.
  let config: ProjectConfig = {};
  const broken: Examination[] = [];
  try {
    config = (await loadProject({ dir })).config;
  } catch (error) {
    broken.push({ what: 'project', examine: () => Promise.reject(error) });
  }
  const { db } = options;
  const file =
    broken.length > 0 ? resolve(db ?? join(dir, '.aiworkflow/audit.db')) : await logFile(cli, options);
  const onUpgraded: UpgradeListener = (versions) => note(cli, options, upgradeWords({ file, ...versions }));
  const written = tablesWritten(config, { dir, logFile: file, onUpgraded });
  return [
    node,
    ...broken,
    project(dir),
    auditLog(file, onUpgraded),
    diskSpace(file),
    keys(config, cli),
    toolServers(config, {
      projectDir: dir,
      env: cli.env,
      lost: () => serversOfLostLakes(config, { dir, written }),
    }),
    duckdb,
    lake(config, { dir, written }),
  ];
}

/** What was done, not found: for programs it stands among the findings all the same. */
function note({ terminal }: Cli, { json }: DoctorOptions, text: string): void {
  if (json)
    terminal.out(JSON.stringify({ what: 'log', level: 'ok', text } satisfies Finding & { what: string }));
  else terminal.err(text);
}

async function look({ what, examine }: Examination): Promise<Finding[]> {
  try {
    return (await examine()).map((finding) => ({ what, ...finding }));
  } catch (error) {
    const advice = AiworkflowError.is(error) ? error.hint : undefined;
    return [{ what, level: 'fail', text: messageOf(error), ...(advice !== undefined && { advice }) }];
  }
}

const inks: Readonly<Record<Finding['level'], Ink>> = { ok: 'green', warn: 'yellow', fail: 'red' };

/** Its commands look into the same log and project. */
const toldFrom = ({ place }: Cli, { advice, ...finding }: Finding): Finding => ({
  ...finding,
  text: withPlace(finding.text, place),
  ...(advice !== undefined && { advice: withPlace(advice, place) }),
});

function findingLine({ level, what, text, advice }: Finding, style: Style): string {
  const line = `${style(inks[level], level.padEnd(4))}  ${what.padEnd(8)} ${printable(text)}`;
  return advice === undefined ? line : `${line}\n      Try: ${printable(advice)}`;
}
