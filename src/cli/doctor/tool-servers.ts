import type { ProjectConfig } from '../../domain/project-config.ts';
import { AiworkflowError, messageOf } from '../../errors/index.ts';
import { counted } from '../render/counts.ts';
import type { Examination, Finding } from './finding.ts';

interface Place {
  readonly projectDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Starts every server of the project once, but those of lost lakes: they would make empty ones, which look healthy. */
export function toolServers(
  config: ProjectConfig,
  { lost, ...place }: Place & { readonly lost: () => Promise<ReadonlyMap<string, string>> },
): Examination {
  const servers = Object.entries(config.tools ?? {});
  return {
    what: 'tools',
    async examine() {
      if (servers.length === 0) return [{ level: 'ok', text: 'aiworkflow.yaml declares no tool servers' }];
      const findings: Omit<Finding, 'what'>[] = [];
      // What cannot be read of the log is said of the log; the servers are tried all the same.
      const without = await lost().catch(() => new Map<string, string>());
      for (const [name, server] of servers) {
        const folder = without.get(name);
        findings.push(
          folder === undefined
            ? await tryServer({ [name]: server }, { name, ...place })
            : { level: 'warn', text: `${name} was not started: it would make an empty lake in ${folder}` },
        );
      }
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
