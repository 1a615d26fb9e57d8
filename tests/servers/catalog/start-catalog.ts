import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const serve = new URL('../../../src/servers/catalog/serve.ts', import.meta.url).href;
const program = `const { serveCatalog } = await import(${JSON.stringify(serve)}); await serveCatalog(process.argv.slice(1));`;
/** Runs the server as a program of its own, from its source. */
export const serverCommand = {
  command: process.execPath,
  args: ['--input-type=module', '-e', program, '--'],
};

/** A real MCP client that talks to a real catalog process. Close it when done. */
export async function startCatalog(...args: string[]): Promise<Client> {
  const client = new Client(
    { name: 'catalog-test', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' } },
  );
  const transport = new StdioClientTransport({
    command: serverCommand.command,
    args: [...serverCommand.args, ...args],
    stderr: 'inherit',
    // The transport gives a child only what it must have; a token has to be named.
    env: Object.fromEntries(
      Object.entries({ OPENMETADATA_JWT: process.env['OPENMETADATA_JWT'] }).filter(([, value]) => value),
    ) as Record<string, string>,
  });
  await client.connect(transport);
  return client;
}
