import { type CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { AiworkflowError, messageOf } from '../../errors/index.ts';
import { catalogFailure } from './catalog-failure.ts';
import type { Lake } from './lake.ts';
import { LakeFailure } from './lake-failure.ts';
import type { Origin } from './storage/table-store.ts';
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
    (given: unknown, { mcpReq }) => answer(tool, { lake, given, origin: originOf(mcpReq._meta) }),
  );
}

async function answer(
  tool: AnyLakeTool,
  { lake, given, origin }: { lake: Lake; given: unknown; origin: Origin | undefined },
): Promise<CallToolResult> {
  try {
    const result = await tool.run(lake, given, { origin });
    return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result };
  } catch (error) {
    return { content: [{ type: 'text', text: failureText(error, lake) }], isError: true };
  }
}

/** The key that the program sends with each call: `<run>/<position>`. Of another client nothing is known. */
function originOf(meta: Readonly<Record<string, unknown>> | undefined): Origin | undefined {
  const call = meta?.['io.aiworkflow/idempotency-key'];
  if (typeof call !== 'string' || call.length > 1000) return undefined;
  const run = /^([^/]+)\/./s.exec(call)?.[1];
  return run === undefined ? undefined : { run, call };
}

/** Everything goes back to the model: what it cannot mend itself, the person reads in the log. */
function failureText(error: unknown, lake: Lake): string {
  const text =
    error instanceof LakeFailure || AiworkflowError.is(error)
      ? error.message
      : (catalogFailure(error)?.message ?? `Unexpected: ${messageOf(error)}`);
  return lake.roots.realPaths.reduce((cleaned, path) => cleaned.replaceAll(path, '<root>'), text);
}
