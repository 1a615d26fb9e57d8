import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { openCatalog } from './open-catalog.ts';
import { readArguments } from './read-arguments.ts';
import { registerTools } from './register-tools.ts';
import { serverVersion } from './server-version.ts';

/**
 * The catalog as an MCP server over standard input and output, until the client closes them; its arguments are in
 * docs/catalog.md. Throws AiworkflowError before anything is served when a document is not what it should be: a catalog that
 * knows half of its contracts would let a model invent the other half.
 */
export async function serveCatalog(args: string[]): Promise<void> {
  const { backend, book } = openCatalog(readArguments(args), { env: process.env });
  const { policies } = await backend.read();
  const topics = policies.map(({ id }) => id);
  const closed = Promise.withResolvers<void>();
  serveStdio(() => {
    const server = new McpServer({ name: 'aiworkflow-catalog', version: serverVersion() });
    registerTools(server, { backend, book, nowMs: Date.now }, topics);
    return server;
  });
  process.stdin.once('close', () => closed.resolve());
  await closed.promise;
  book.close();
}
