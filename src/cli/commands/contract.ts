import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import type { CheckedFile, DocumentCheck } from '../contract/check-documents.ts';
import type { DocumentFolders } from '../contract/project-folders.ts';
import { wrongUsage } from '../wrong-usage.ts';

interface CheckOptions {
  readonly againstLast?: true;
  readonly since?: string;
  readonly json?: true;
  readonly project: string;
}

interface DiffOptions {
  readonly json?: true;
  readonly project: string;
}

export function register(program: Command, cli: Cli): void {
  const contract = program
    .command('contract')
    .description('check contracts, mappings and policies, and say what a change of them breaks');
  contract
    .command('check')
    .description('find what is wrong with the documents of the catalogs')
    .argument(
      '[files...]',
      'contracts, mappings, policies (default: all that the catalogs of the project hold)',
    )
    .option('--against-last', 'also demand the version that the change since the last committed text needs')
    .option('--since <commit>', 'the same since a commit, branch or tag: --since origin/main')
    .option('--json', 'print one line of JSON per document')
    .addOption(projectOption())
    .action((files: readonly string[], options: CheckOptions) => checkCommand(cli, files, options));
  contract
    .command('diff')
    .description(
      'compare two versions of a contract, a mapping or a policy, and say which version the change needs',
    )
    .argument('<old>', 'a file, or a state of it: <file>@1.0.0, <file>@last, <file>@<commit>')
    .argument('<new>', 'the same')
    .option('--json', 'print JSON')
    .addOption(projectOption())
    .action((old: string, now: string, options: DiffOptions) => diffCommand(cli, { old, now }, options));
}

async function checkCommand(cli: Cli, files: readonly string[], options: CheckOptions): Promise<void> {
  const [{ loadProject }, { checkProjectDocuments }] = await Promise.all([
    import('../../definitions/index.ts'),
    import('../contract/check-project.ts'),
  ]);
  const projectDir = resolve(options.project);
  const { config } = await loadProject({ dir: projectDir });
  const checked = await checkProjectDocuments({ projectDir, config }, files);
  if (checked.length === 0) throw nothingToCheck(projectDir);
  const { documentFolders } = await import('../contract/project-folders.ts');
  const folders = await documentFolders(projectDir, config);
  const checks = await compared(checked, { ...options, projectDir, folders, isPart: files.length > 0 });
  if (checks.some(({ errors }) => errors.length > 0)) cli.exitCode = 2;
  const { documentLines } = await import('../contract/check-lines.ts');
  const { out, outStyle } = cli.terminal;
  for (const check of checks)
    out(options.json ? JSON.stringify(check) : documentLines(check, outStyle).join('\n'));
}

interface Compared {
  readonly projectDir: string;
  readonly folders: readonly DocumentFolders[];
  readonly isPart: boolean;
}

/** With what has changed since a state of the history, when that was asked for. */
async function compared(
  checked: readonly CheckedFile[],
  { projectDir, folders, isPart, againstLast: isAsked, since }: CheckOptions & Compared,
): Promise<readonly DocumentCheck[]> {
  if (!isAsked && since === undefined) return checked.map(({ check }) => check);
  const { againstLast } = await import('../contract/against-last.ts');
  return againstLast(checked, { projectDir, folders, isPart, ...(since !== undefined && { commit: since }) });
}

function nothingToCheck(projectDir: string): Error {
  return wrongUsage(
    `The catalogs of ${projectDir} hold no documents.`,
    'name files, or write contracts/<name>.odcs.yaml: docs/contracts.md shows one.',
  );
}

async function diffCommand(
  cli: Cli,
  { old, now }: { readonly old: string; readonly now: string },
  { json, project }: DiffOptions,
): Promise<void> {
  const [{ readReference }, { compareRead }, { requireRead }] = await Promise.all([
    import('../contract/read-reference.ts'),
    import('../contract/compare-read.ts'),
    import('../contract/require-read.ts'),
  ]);
  const projectDir = resolve(project);
  const before = await readReference(projectDir, old);
  const after = await readReference(projectDir, now);
  requireRead(after);
  const comparison = compareRead(before, after);
  if (!comparison.enough) cli.exitCode = 2;
  const { terminal } = cli;
  if (json) return terminal.out(JSON.stringify(comparison));
  const { comparisonLines } = await import('../contract/comparison-lines.ts');
  terminal.out(comparisonLines(comparison, terminal.outStyle).join('\n'));
}
