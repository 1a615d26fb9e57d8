import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { loadCatalog } from './load-catalog.ts';
import { readArguments } from './read-arguments.ts';
import { registerTools } from './register-tools.ts';
import { serverVersion } from './server-version.ts';

/**
 * The catalog as an MCP server over standard input and output, until the client closes them.
 * `--contracts <dir>`: ODCS contracts in it (`*.yaml`), business policies in its folder `policies/` (default contracts).
 * Throws DefinitionError before anything is served when a file is not what it should be: a catalog that knows half
 * of its contracts would let a model invent the other half.
 */
export async function serveCatalog(args: string[]): Promise<void> {
  const catalog = await loadCatalog(readArguments(args).contracts);
  const closed = Promise.withResolvers<void>();
  serveStdio(() => {
    const server = new McpServer({ name: 'aiworkflow-catalog', version: serverVersion() });
    registerTools(server, catalog);
    return server;
  });
  process.stdin.once('close', () => closed.resolve());
  await closed.promise;
}
