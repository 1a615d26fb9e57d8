import { type Command, Option } from 'commander';
import type { Change } from '../../servers/catalog/changes/change.ts';
import type { ChangeBook } from '../../servers/catalog/changes/change-book.ts';
import { type CatalogOptions, withCatalog } from '../catalog/project-catalog.ts';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import { quoted } from '../render/quoted.ts';
import { who } from '../who.ts';
import { wrongUsage } from '../wrong-usage.ts';

interface Options extends CatalogOptions {
  readonly state?: Change['state'];
  readonly by?: string;
  readonly because?: string;
  readonly from?: string;
  readonly json?: true;
}

export function register(program: Command, cli: Cli): void {
  const catalog = program
    .command('catalog')
    .description('decide about changes of contracts, mappings and policies that runs have asked for')
    .enablePositionalOptions();
  const add = (name: string, description: string): Command =>
    catalog
      .command(name)
      .description(description)
      .option('--json', 'print JSON')
      .option('--server <name>', 'which catalog of the project, when it has several')
      .addOption(projectOption());
  const byOption = (): Option => new Option('--by <name>', 'who decides (default: the user of this machine)');
  add('changes', 'list the changes that were asked for, oldest first')
    .addOption(new Option('--state <state>', 'only these').choices(['proposed', 'accepted', 'rejected']))
    .action((options: Options) => changesCommand(cli, options));
  add('show', 'show one change: what differs, who asked, and why')
    .argument('<change>', "a change's id, or the beginning of one")
    .action((change: string, options: Options) => showCommand(cli, change, options));
  add('accept', 'put a change in force: the document is written')
    .argument('<change>', "a change's id, or the beginning of one")
    .addOption(byOption())
    .action((change: string, options: Options) => acceptCommand(cli, change, options));
  add('reject', 'keep that a change is not wanted; whoever asks for it again is told why')
    .argument('<change>', "a change's id, or the beginning of one")
    .requiredOption('--because <text>', 'the reason, for whoever asks again')
    .addOption(byOption())
    .action((change: string, options: Options) => rejectCommand(cli, change, options));
  add('publish', 'fill the OpenMetadata server of the project with documents that it does not have')
    .requiredOption('--from <dir>', 'folder of contracts, with policies and feeds in its folders')
    .action((options: Options) => publishCommand(cli, options));
  add('feeds', 'list the registered feeds').action((options: Options) => feedsCommand(cli, options));
}

async function changesCommand({ terminal, env }: Cli, options: Options): Promise<void> {
  const { changeTable } = await import('../catalog/change-lines.ts');
  await withCatalog({ env }, options, async ({ book }) => {
    const changes = book.list().filter(({ state }) => (options.state ?? state) === state);
    if (options.json) terminal.out(JSON.stringify(changes.map(changeJson)));
    else if (changes.length === 0) terminal.err('No changes were asked for.');
    else
      terminal.out(changeTable(changes, { style: terminal.outStyle, columns: terminal.columns }).join('\n'));
  });
}

async function showCommand({ terminal, env }: Cli, text: string, options: Options): Promise<void> {
  const [{ changePage }, { modelsOfAskings }, { changeNamed, obstacleTo }, { differenceText }] =
    await Promise.all([
      import('../catalog/change-lines.ts'),
      import('../catalog/asking-models.ts'),
      import('../../servers/catalog/changes/decide-change.ts'),
      import('../../servers/catalog/changes/difference-text.ts'),
    ]);
  await withCatalog({ env }, options, async ({ backend, book }) => {
    const change = changeNamed(book, completed(book, text));
    const obstacle = change.state === 'proposed' ? obstacleTo(await backend.read(), change) : undefined;
    const { askings } = change;
    const models = await modelsOfAskings({ env }, { project: options.project, askings });
    if (options.json) {
      const diff = differenceText(change.was, change.now);
      terminal.out(
        JSON.stringify({
          ...changeJson(change),
          askings: askings.map((asking) => ({
            ...asking,
            models: models.get(asking.origin?.call ?? '') ?? [],
          })),
          obstacle: obstacle ?? null,
          diff,
          document: change.now,
        }),
      );
      return;
    }
    const { outStyle: style, columns } = terminal;
    terminal.out(changePage(change, { style, columns, obstacle, models }).join('\n'));
    if (change.state === 'proposed' && obstacle === undefined) terminal.err(decideLine(change.id, options));
  });
}

/** What is suggested looks into the same catalog. */
function decideLine(id: string, { project, server }: Options): string {
  const place = `${project === '.' ? '' : ` --project ${quoted(project)}`}${server === undefined ? '' : ` --server ${quoted(server)}`}`;
  return `Decide: aiworkflow catalog accept ${id}${place}, or aiworkflow catalog reject ${id}${place} --because "…"`;
}

async function acceptCommand(cli: Cli, text: string, options: Options): Promise<void> {
  const { acceptChange } = await import('../../servers/catalog/changes/decide-change.ts');
  await withCatalog(cli, options, async ({ backend, book }) => {
    const decision = { changeId: completed(book, text), by: options.by ?? who(cli) };
    const change = await acceptChange({ backend, book, nowMs: Date.now() }, decision);
    const { kind, documentId, to } = change;
    const said = `${change.id}: ${kind} ${documentId} is version ${to.version} now (accepted by ${printable(decision.by)}).`;
    cli.terminal.out(options.json ? JSON.stringify(changeJson(change)) : said);
  });
}

async function rejectCommand(cli: Cli, text: string, options: Options): Promise<void> {
  const { rejectChange } = await import('../../servers/catalog/changes/decide-change.ts');
  const { because = '' } = options;
  if (!because.trim())
    throw wrongUsage('A rejection needs its reason.', 'add --because "what is wrong with it".');
  await withCatalog(cli, options, async ({ book }) => {
    const decision = { changeId: completed(book, text), by: options.by ?? who(cli), because };
    const change = await rejectChange({ book, nowMs: Date.now() }, decision);
    const said = `${change.id}: rejected by ${printable(decision.by)}; ${change.kind} ${change.documentId} stays version ${change.from.version}.`;
    cli.terminal.out(options.json ? JSON.stringify(changeJson(change)) : said);
  });
}

async function feedsCommand({ terminal, env }: Cli, options: Options): Promise<void> {
  const [{ feedSummary, feedTable }, { feedOf }] = await Promise.all([
    import('../catalog/feed-lines.ts'),
    import('../../metadata/feed.ts'),
  ]);
  await withCatalog({ env }, options, async ({ backend }) => {
    const { feeds } = await backend.read();
    const summaries = feeds.map((feed) => feedSummary(feed, feedOf(feed.contract)?.vendor_name ?? ''));
    if (options.json) terminal.out(JSON.stringify(summaries));
    else if (summaries.length === 0) terminal.err('No feeds are registered.');
    else terminal.out(printable(feedTable(summaries).join('\n')));
    if (!options.json && summaries.length > 0) terminal.err(counted(summaries.length, 'feed'));
  });
}

async function publishCommand(cli: Cli, options: Options): Promise<void> {
  const { terminal } = cli;
  const [{ catalogSettings }, { openMetadataServer }, { loadCatalog }, { publish }] = await Promise.all([
    import('../catalog/project-catalog.ts'),
    import('../../servers/catalog/open-catalog.ts'),
    import('../../servers/catalog/load-catalog.ts'),
    import('../catalog/publish.ts'),
  ]);
  const { settings, env } = await catalogSettings(cli, options);
  if (!settings.openMetadata)
    throw wrongUsage(
      "The project's catalog is in files, which need no publishing.",
      'add --openmetadata <url> to the arguments of its catalog in aiworkflow.yaml.',
    );
  const { documents } = await loadCatalog({ contracts: options.from ?? 'contracts' });
  const published = await publish(openMetadataServer(settings.openMetadata, env).backend, documents);
  if (options.json) terminal.out(JSON.stringify(published));
  else
    for (const { kind, id, version, outcome } of published)
      terminal.out(`${outcome.padEnd(7)}  ${kind} ${id} ${version}`);
  if (published.some(({ outcome }) => outcome === 'differs')) cli.exitCode = 1;
}

/** The one id that begins so, else the text as it is. */
function completed(book: ChangeBook, text: string): string {
  const ids = book.list().map(({ id }) => id);
  const begun = ids.filter((id) => id === text || (text.length >= 4 && id.startsWith(text)));
  return begun.length === 1 ? (begun[0] ?? text) : text;
}

function changeJson({ was: _was, now: _now, ...change }: Change) {
  return { ...change, decision: change.decision ?? null };
}
