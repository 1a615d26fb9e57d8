import { openMetadataServer } from '../../servers/catalog/open-catalog.ts';
import { putLineage, type SentLineage } from '../../servers/catalog/openmetadata/put-lineage.ts';
import { catalogSettings } from '../catalog/project-catalog.ts';
import type { Cli } from '../cli.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import type { Sources } from '../why/question.ts';
import { wrongUsage } from '../wrong-usage.ts';
import { plainTable } from './plain-table.ts';
import { edgesOfRun } from './run-edges.ts';

/** The run's edges between tables, to the OpenMetadata server that the project's catalog is on. */
export async function tellOpenMetadata(
  cli: Cli,
  {
    sources,
    runId,
    project,
  }: { readonly sources: Sources; readonly runId: string; readonly project: string },
): Promise<void> {
  const { settings, env } = await catalogSettings(cli, { project });
  if (!settings.openMetadata)
    throw wrongUsage(
      "The project's catalog is in files: there is no server to tell.",
      'add --openmetadata <url> to the arguments of its catalog in aiworkflow.yaml.',
    );
  const server = openMetadataServer(settings.openMetadata, env);
  const { edges, missing } = await edgesOfRun(sources, runId);
  const tableOf = (name: string) => plainTable(sources.lake, name);
  const sent = await putLineage(server, { edges, tableOf });
  cli.terminal.err(`${counted(sent.edges, 'edge')} of run ${runId} to ${settings.openMetadata.url}`);
  for (const line of reportOf(sent, missing)) cli.terminal.err(printable(line));
  // A report of half of a run is not what was asked for.
  if (sent.unknown.length > 0) cli.exitCode = 1;
}

/** Whatever was made there, and whatever is not there. */
function reportOf({ made, unknown, withoutColumns }: SentLineage, missing: readonly string[]): string[] {
  return [
    ...(made.length > 0
      ? [`Made there, because no contract of theirs was published: ${made.join(', ')}.`]
      : []),
    ...unknown.map(({ table, why }) => `Left out with its edges: ${table}: ${why}`),
    ...(withoutColumns.length > 0
      ? [`Columns left out, because the server's tables lack them: ${withoutColumns.join(', ')}.`]
      : []),
    ...missing,
  ];
}
