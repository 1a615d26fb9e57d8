import type { ServerConfig } from '../../domain/server-config.ts';
import { ToolError } from '../../errors/index.ts';
import type { Scrub } from '../../ports/environment.ts';
import type { SchemaValidator } from '../../ports/schema-validator.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import { callableTool, type ToolServer } from './callable-tool.ts';
import { createConnection } from './connection.ts';
import type { Environment } from './interpolate.ts';
import { type LaunchContext, planLaunch } from './launch.ts';
import { requireOffered } from './offered.ts';
import type { AnswerElicitation } from './open-session.ts';
import { attachProbes } from './probes.ts';
import { startFailure } from './start-failure.ts';

/** What all servers of a project share. */
export interface McpServerContext {
  /** Checks results against the tools' output schemas. */
  readonly validator: SchemaValidator;
  /** Where `${NAME}` is looked up, and what the child's safe minimum is taken from. Default `process.env`. */
  readonly environment?: Environment;
  /** Relative folders are relative to this. Default: the working directory. */
  readonly projectDir?: string;
  /** How to start `aiworkflow`, for `server: lake|catalog`: `[process.execPath, path of the CLI]`. */
  readonly shippedCommand?: readonly string[];
  /** Blanks secrets in results and in what servers write. */
  readonly scrub?: Scrub;
  readonly answerElicitation?: AnswerElicitation;
  /** Milliseconds for starting a server and listing its tools (default 60,000; `npx` may download first). */
  readonly startTimeoutMs?: number;
  /** Bytes of one message from a server (default 67,108,864): a larger result is dropped and the model told. */
  readonly maxMessageBytes?: number;
}

export interface McpServer {
  readonly name: string;
  /**
   * The server's tools, sorted by name. Starts it on first use. Throws ToolError TOOL_SERVER_UNREACHABLE,
   * DefinitionError SECRET_MISSING, TOOL_UNKNOWN for a name in `effects` or `probes` that it does not offer, or
   * DEFINITION_INVALID for a probe that cannot be asked.
   */
  getCallableTools(): Promise<readonly CallableTool[]>;
  /** Ends the server: closes its input, waits 2 s, asks (SIGTERM), waits 2 s, kills. With all that it started. */
  close(): Promise<void>;
}

export function createMcpServer(
  server: { readonly name: string; readonly config: ServerConfig } & McpServerContext,
): McpServer {
  const { name, config, validator, scrub = (text: string) => text } = server;
  const launch = () => planLaunch(server, launchContext(server));
  const sessionOptions = () => ({
    launch: launch(),
    startTimeoutMs: server.startTimeoutMs ?? 60_000,
    maxMessageBytes: server.maxMessageBytes ?? 67_108_864,
    answerElicitation: server.answerElicitation,
  });
  const connection = createConnection({ name, scrub, sessionOptions });
  const refused = (error: unknown) => startFailure(error, { name, scrub, launch: launch() });
  const toolServer: ToolServer = { name, config, connection, validator, scrub, refused };

  async function getCallableTools(): Promise<readonly CallableTool[]> {
    const { tools } = await connection.session();
    const offered = tools.map((tool) => tool.name);
    // A misspelt name would leave the tool in its default class without a word.
    for (const tool of Object.keys(config.effects ?? {}))
      requireOffered({ server: name, key: 'effects', tool, offered });
    const callable = tools.map((tool) => callableTool(toolServer, tool));
    callable.sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
    refuseTwins(name, callable);
    return attachProbes(toolServer, callable);
  }

  return { name, getCallableTools, close: connection.close };
}

function launchContext(server: McpServerContext): LaunchContext {
  return {
    environment: server.environment ?? process.env,
    projectDir: server.projectDir ?? process.cwd(),
    shippedCommand: server.shippedCommand,
  };
}

function refuseTwins(name: string, sorted: readonly CallableTool[]): void {
  const twin = sorted.find((tool, index) => tool.definition.name === sorted[index + 1]?.definition.name);
  if (!twin) return;
  throw new ToolError({
    code: 'TOOL_SERVER_UNREACHABLE',
    message: `The tool server "${name}" cannot be used: it offers two tools named "${twin.definition.name}".`,
    hint: 'a call could not say which one is meant; this is for the author of the server to mend.',
    details: { server: name, tool: twin.definition.name },
  });
}
