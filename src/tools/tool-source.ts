import type { ServerConfig } from '../domain/server-config.ts';
import { matchesPattern, mayMatchUnder } from '../domain/tool-pattern.ts';
import { DefinitionError, nearest } from '../errors/index.ts';
import type { CallableTool, ToolSource } from '../ports/tool-source.ts';
import { createMcpServer, type McpServer, type McpServerContext } from './mcp/mcp-server.ts';

export interface ToolSourceOptions extends McpServerContext {
  readonly servers: Readonly<Record<string, ServerConfig>>;
  readonly local?: readonly CallableTool[];
}

export interface ClosableToolSource extends ToolSource {
  /** Ends every server that was started. */
  close(): Promise<void>;
}

/** All tools of a run: of its servers (`server.tool`), started when a pattern needs them, and of this program. */
export function createToolSource(options: ToolSourceOptions): ClosableToolSource {
  const { servers: configs, local = [], ...context } = options;
  refuseAmbiguousNames(Object.keys(configs), local);
  const servers = Object.entries(configs).map(([name, config]) =>
    createMcpServer({ name, config, ...context }),
  );

  async function resolve(patterns: readonly string[]): Promise<readonly CallableTool[]> {
    const needed = servers.filter(({ name }) =>
      patterns.some((pattern) => mayMatchUnder(pattern, `${name}.`)),
    );
    const lists = await Promise.all(needed.map((server) => server.getCallableTools()));
    const offered = [...local, ...lists.flat()];
    const matches = matcherFor(offered);
    const unmatched = patterns.find((pattern) => !offered.some((tool) => matches(tool, pattern)));
    if (unmatched !== undefined) throw unknownTool(unmatched, { servers, needed, offered });
    return offered
      .filter((tool) => patterns.some((pattern) => matches(tool, pattern)))
      .sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
  }

  return {
    resolve,
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** A probe is the program's own question: `desk.*` does not offer it to a model, its whole name does. */
function matcherFor(offered: readonly CallableTool[]) {
  const probes = new Set(offered.map(({ probe }) => probe?.definition.name));
  return ({ definition: { name } }: CallableTool, pattern: string): boolean =>
    probes.has(name) ? pattern === name : matchesPattern(pattern, name);
}

interface Offer {
  readonly servers: readonly McpServer[];
  readonly needed: readonly McpServer[];
  readonly offered: readonly CallableTool[];
}

function unknownTool(pattern: string, { servers, needed, offered }: Offer): DefinitionError {
  const names = offered.map(({ definition }) => definition.name).sort();
  const serverPatterns = servers.map(({ name }) => `${name}.*`);
  const asked = pattern.slice(0, pattern.indexOf('.') + 1);
  // `fils.read` asks for a server that is not there: then the servers are what can be meant.
  const others = asked === '' ? [] : servers.map(({ name }) => pattern.replace(asked, `${name}.`));
  const [close] = nearest(pattern, needed.length > 0 ? names : [...names, ...others]);
  const list = needed.length > 0 ? names : [...local(names), ...serverPatterns];
  return new DefinitionError({
    code: 'TOOL_UNKNOWN',
    message: `No tool matches "${pattern}".`,
    hint: `${close ? `did you mean "${close}"? ` : ''}Offered: ${shortList(list)}.`,
    details: { pattern, offered: list },
  });
}

const local = (names: readonly string[]): readonly string[] => names.filter((name) => !name.includes('.'));

function shortList(names: readonly string[]): string {
  if (names.length === 0) return 'nothing (no server is declared)';
  return names.length > 30
    ? `${names.slice(0, 30).join(', ')} and ${names.length - 30} more`
    : names.join(', ');
}

/** With these two rules no two tools can have one name, whatever the servers offer. */
function refuseAmbiguousNames(servers: readonly string[], tools: readonly CallableTool[]): void {
  const dotted = servers.find((name) => name.includes('.') || name.includes('*') || name === '');
  if (dotted !== undefined) {
    throw nameError(
      `A tool server is named "${dotted}".`,
      'use letters, digits, - and _: the name ends at the dot in server.tool.',
    );
  }
  const names = tools.map(({ definition }) => definition.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw nameError(`Two local tools are named "${twice}".`, 'rename one of them.');
  const clash = names.find((name) => servers.some((server) => name.startsWith(`${server}.`)));
  if (clash !== undefined) {
    throw nameError(
      `The local tool "${clash}" is named like a tool of a server.`,
      'give it a name without a dot.',
    );
  }
}

function nameError(message: string, hint: string): DefinitionError {
  return new DefinitionError({ code: 'DEFINITION_INVALID', message, hint });
}
