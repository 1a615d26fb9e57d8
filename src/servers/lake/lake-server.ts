import { type CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { AiworkflowError, messageOf } from '../../errors/index.ts';
import type { Lake } from './lake.ts';
import { LakeFailure } from './lake-failure.ts';
import { lakeTools } from './tools/index.ts';
import type { AnyLakeTool } from './tools/tool-definition.ts';

const instructions =
  'Vendor files and the tables made of them. Look at a file with inspect_file before you ingest it; create the table first; ' +
  'reconcile rows_read, rows_loaded and rows_rejected; map with run_mapping; prove with check_quality.';

/** An MCP server over an open lake, for any transport. */
export function createLakeServer(lake: Lake): McpServer {
  const server = new McpServer(
    { name: 'aiworkflow-lake', version: '0.1.0' },
    { capabilities: { tools: {} }, instructions },
  );
  for (const tool of lakeTools) register(server, { tool, lake });
  return server;
}

function register(server: McpServer, { tool, lake }: { tool: AnyLakeTool; lake: Lake }): void {
  const { name, title, description, input, output, annotations } = tool;
  server.registerTool(
    name,
    {
      title,
      description,
      inputSchema: input,
      outputSchema: output,
      annotations: { openWorldHint: false, ...annotations },
    },
    (given: unknown) => answer(tool, { lake, given }),
  );
}

async function answer(
  tool: AnyLakeTool,
  { lake, given }: { lake: Lake; given: unknown },
): Promise<CallToolResult> {
  try {
    const result = await tool.run(lake, given);
    return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result };
  } catch (error) {
    return { content: [{ type: 'text', text: failureText(error, lake) }], isError: true };
  }
}

/** Everything goes back to the model: what it cannot mend itself, the person reads in the log. */
function failureText(error: unknown, lake: Lake): string {
  const text =
    error instanceof LakeFailure || AiworkflowError.is(error)
      ? error.message
      : `Unexpected: ${messageOf(error)}`;
  return lake.roots.realPaths.reduce((cleaned, path) => cleaned.replaceAll(path, '<root>'), text);
}
