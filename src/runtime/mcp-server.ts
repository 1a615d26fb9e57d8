import { createSchemaValidator } from '../contracts/schema-validator.ts';
import type { ServerConfig } from '../domain/server-config.ts';
import { createScrubber } from '../governance/scrub.ts';
import { createMcpServer, type McpServer } from '../tools/mcp/mcp-server.ts';
import { cliPath } from './cli-path.ts';
import { serverSecretsOf } from './secrets.ts';

/**
 * An MCP server for programs: started when its tools are first asked for, ended with the process.
 *
 *     const files = mcpServer('files', { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', 'data'] });
 *     const fsTools = await files.getCallableTools();
 *
 * Tools are called `files.read_text_file` and so on.
 */
export function mcpServer(name: string, config: ServerConfig): McpServer {
  return createMcpServer({
    name,
    config,
    validator: createSchemaValidator(),
    shippedCommand: [process.execPath, cliPath],
    scrub: createScrubber(serverSecretsOf({ [name]: config }, process.env)).scrub,
  });
}
