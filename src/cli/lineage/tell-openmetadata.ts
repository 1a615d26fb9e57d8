import { openMetadataServer } from '../../servers/catalog/open-catalog.ts';
import { putLineage } from '../../servers/catalog/openmetadata/put-lineage.ts';
import { catalogSettings } from '../catalog/project-catalog.ts';
import type { Cli } from '../cli.ts';
import { counted } from '../render/counts.ts';
import type { Sources } from '../why/question.ts';
import { wrongUsage } from '../wrong-usage.ts';
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
  const { edges, unknown } = await putLineage(server, await edgesOfRun(sources, runId));
  cli.terminal.err(`${counted(edges, 'edge')} of run ${runId} to ${settings.openMetadata.url}`);
  if (unknown.length > 0)
    cli.terminal.err(`Left out, because the server does not know them: ${unknown.join(', ')}.`);
}
