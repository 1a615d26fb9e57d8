// An MCP server for the tests: adds, waits as long as it is told, and writes a line to a file, which nobody can take back.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

// With an argument it adds that too: another version of the same desk.
const drift = Number(process.argv[2] ?? 0);
const text = (value) => ({ content: [{ type: 'text', text: value }] });

serveStdio(() => {
  const server = new McpServer({ name: 'desk', version: '1.0.0' });
  server.registerTool(
    'add',
    {
      description: 'Adds.',
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      annotations: { readOnlyHint: true },
    },
    ({ a, b }) => text(String(a + b + drift)),
  );
  server.registerTool(
    'wait',
    { description: 'Waits.', inputSchema: z.object({ ms: z.number() }), annotations: { readOnlyHint: true } },
    async ({ ms }) => {
      await sleep(ms);
      return text('waited');
    },
  );
  server.registerTool(
    'book',
    {
      description: 'Books, and takes its time.',
      inputSchema: z.object({ file: z.string(), ms: z.number() }),
    },
    async ({ file, ms }) => {
      appendFileSync(file, `${process.pid}\n`);
      await sleep(ms);
      return text('booked');
    },
  );
  server.registerTool(
    'shout',
    { description: 'Fails.', inputSchema: z.object({}), annotations: { readOnlyHint: true } },
    () => ({ ...text('too loud \u001b[31m'), isError: true }),
  );
  return server;
});
