import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createScrubber } from '../governance/scrub.ts';
import type { Scrub } from '../ports/environment.ts';
import { secretsOf } from '../runtime/secrets.ts';
import type { Cli } from './cli.ts';

/** Blanks the project's secrets, as a run of it would. */
export async function projectScrub({ env }: Pick<Cli, 'env'>, project: string): Promise<Scrub> {
  const dir = resolve(project);
  if (!existsSync(resolve(dir, 'aiworkflow.yaml'))) return createScrubber(secretsOf({}, env)).scrub;
  const { loadProject } = await import('../definitions/index.ts');
  return createScrubber(secretsOf((await loadProject({ dir })).config, env)).scrub;
}
