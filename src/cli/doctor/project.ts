import { existsSync } from 'node:fs';
import type { ProjectConfig } from '../../domain/project-config.ts';
import type { Cli } from '../cli.ts';
import type { UpgradeListener } from '../open-log.ts';
import { counted } from '../render/counts.ts';
import type { Examination } from './finding.ts';

export function project(dir: string): Examination {
  return {
    what: 'project',
    async examine() {
      const { listWorkflows } = await import('../../definitions/index.ts');
      const listed = await listWorkflows({ dir });
      const broken = listed.filter(({ problem }) => problem !== undefined);
      if (listed.length === 0)
        return [{ level: 'warn', text: `no workflows in ${dir}/workflows`, advice: 'aiworkflow init' }];
      return [
        { level: 'ok', text: `${counted(listed.length - broken.length, 'workflow')} in ${dir}` },
        ...broken.map(({ file, problem }) => ({
          level: 'fail' as const,
          text: `${file}: ${problem ?? ''}`,
          advice: `aiworkflow check ${file}`,
        })),
      ];
    },
  };
}

export function auditLog(file: string, onUpgraded: UpgradeListener): Examination {
  return {
    what: 'log',
    async examine() {
      if (!existsSync(file)) return [{ level: 'ok', text: `${file} will be made by the first run` }];
      const { openAuditLog, verifyLog } = await import('../../audit/sqlite/index.ts');
      const log = openAuditLog({ file, durability: 'full', readOnly: true, onUpgraded });
      try {
        const { ok, runs } = verifyLog(log);
        const doubt = runs.reduce((sum, run) => sum + run.inDoubt.length, 0);
        const text = `${file}: ${counted(runs.length, 'run')}`;
        if (!ok) return [{ level: 'fail', text: `${text}, does not verify`, advice: 'aiworkflow verify' }];
        const note =
          doubt === 0 ? '' : `, ${counted(doubt, 'call')} without an end (aiworkflow verify names them)`;
        return [{ level: 'ok', text: `${text}, all hashes fit${note}` }];
      } finally {
        log.close();
      }
    },
  };
}

/** Whether keys are there, never what they are. A missing one is no failure: no workflow may need it. */
export function keys(config: ProjectConfig, { env }: Pick<Cli, 'env'>): Examination {
  const declared = Object.entries(config.providers ?? {}).flatMap(([name, { apiKeyEnv }]) =>
    apiKeyEnv === undefined ? [] : [[name, apiKeyEnv] as const],
  );
  const variables = new Map([['openai', 'OPENAI_API_KEY'], ['anthropic', 'ANTHROPIC_API_KEY'], ...declared]);
  return {
    what: 'keys',
    examine: async () =>
      [...variables].map(([provider, variable]) =>
        env[variable]?.trim()
          ? { level: 'ok', text: `${variable} is set (${provider})` }
          : {
              level: 'warn',
              text: `${variable} is not set`,
              advice: `export ${variable}=… to use models of ${provider}`,
            },
      ),
  };
}
