import { isJsonObject } from '../../domain/json.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { CallableTool, ToolProbe } from '../../ports/tool-source.ts';
import type { ToolServer } from './callable-tool.ts';
import { requireOffered } from './offered.ts';

/**
 * The tools with the probes that the project declares for them. All are checked when the server starts: after a crash
 * it would be too late to learn that a probe cannot be asked.
 */
export function attachProbes(server: ToolServer, tools: readonly CallableTool[]): readonly CallableTool[] {
  const probes = new Map(
    Object.entries(server.config.probes ?? {}).map(([tool, probe]) => {
      requireBoth(server, { tool, probe, tools });
      return [`${server.name}.${tool}`, requireProbe(server, { tool, probe, tools })];
    }),
  );
  return tools.map((tool) => {
    const probe = probes.get(tool.definition.name);
    return probe ? { ...tool, probe } : tool;
  });
}

interface Declared {
  readonly tool: string;
  readonly probe: string;
  readonly tools: readonly CallableTool[];
}

function requireBoth({ name }: ToolServer, { tool, probe, tools }: Declared): void {
  const offered = tools.map(({ definition }) => definition.name.slice(name.length + 1));
  requireOffered({ server: name, key: 'probes', tool, offered });
  requireOffered({ server: name, key: `probes.${tool}`, tool: probe, offered });
}

function requireProbe(server: ToolServer, { tool, probe, tools }: Declared): ToolProbe {
  const found = tools.find(({ definition }) => definition.name === `${server.name}.${probe}`);
  if (!found) throw unusable(server, { tool, probe }, 'it is not offered');
  const { definition } = found;
  if (definition.effect !== 'read') {
    const reason = `it is of class ${definition.effect}, and what is asked after a crash must change nothing`;
    throw unusable(server, { tool, probe }, reason);
  }
  const { properties } = definition.inputSchema;
  const [issue] = server.validator
    .compile(definition.inputSchema)
    .validate({ idempotencyKey: 'run/step/t1.1' });
  const named = isJsonObject(properties) && Object.hasOwn(properties, 'idempotencyKey');
  if (!named || issue) {
    const detail = issue ? `: ${issue.path || 'the arguments'} ${issue.message}` : '';
    throw unusable(server, { tool, probe }, `it cannot be called with { idempotencyKey } alone${detail}`);
  }
  return found;
}

function unusable(
  { name }: ToolServer,
  { tool, probe }: Pick<Declared, 'tool' | 'probe'>,
  reason: string,
): DefinitionError {
  return new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: `tools.${name}.probes.${tool}: "${probe}" cannot be the probe of "${tool}": ${reason}.`,
    hint: `a probe only reads (annotation readOnlyHint, or \`effects: { ${probe}: read }\`), takes the text idempotencyKey and answers { "status": "done", "result": … }, { "status": "not-done" } or { "status": "unknown" }.`,
    details: { server: name, tool, probe },
  });
}
