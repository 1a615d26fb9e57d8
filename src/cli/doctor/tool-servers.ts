import type { ProjectConfig } from '../../domain/project-config.ts';
import { AiworkflowError, messageOf } from '../../errors/index.ts';
import { counted } from '../render/counts.ts';
import type { Examination, Finding } from './finding.ts';

interface Place {
  readonly projectDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Starts every server of the project once. */
export function toolServers(config: ProjectConfig, place: Place): Examination {
  const servers = Object.entries(config.tools ?? {});
  return {
    what: 'tools',
    async examine() {
      if (servers.length === 0) return [{ level: 'ok', text: 'aiworkflow.yaml declares no tool servers' }];
      const findings: Omit<Finding, 'what'>[] = [];
      for (const [name, server] of servers)
        findings.push(await tryServer({ [name]: server }, { name, ...place }));
      return findings;
    },
  };
}

async function tryServer(
  servers: NonNullable<ProjectConfig['tools']>,
  { name, projectDir, env }: Place & { readonly name: string },
): Promise<Omit<Finding, 'what'>> {
  const [{ openTools }, { createScrubber }, { createSchemaValidator }] = await Promise.all([
    import('../../runtime/open-tools.ts'),
    import('../../governance/scrub.ts'),
    import('../../contracts/schema-validator.ts'),
  ]);
  const scrubber = createScrubber(new Map());
  const source = openTools({ projectDir, env, scrubber, schemas: createSchemaValidator() }, servers);
  try {
    const tools = await source.resolve([`${name}.*`]);
    return { level: 'ok', text: `${name} starts and offers ${counted(tools.length, 'tool')}` };
  } catch (error) {
    const advice = AiworkflowError.is(error) ? error.hint : undefined;
    return { level: 'fail', text: `${name}: ${messageOf(error)}`, ...(advice !== undefined && { advice }) };
  } finally {
    await source.close();
  }
}
