/**
 * An MCP server with a tool of each effect class. Each call is written to `calls.jsonl` when it comes in, when its work
 * is done and when it is answered: what really happened, whatever becomes of the program that called. Nothing is done
 * once only: a call that is made twice under one key does its work twice, and the file shows it.
 *
 *   node desk-server.ts <folder> <milliseconds before and after the work>
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { callsFile, type DeskLine, readDesk, resultOf, workOf } from './desk-calls.ts';

const [folder = '.', pause = '0', mood = ''] = process.argv.slice(2);
const pauseMs = Number(pause);
const file = join(folder, callsFile);

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
const note = (line: DeskLine): void => appendFileSync(file, `${JSON.stringify(line)}\n`);

const effects = {
  look: { readOnlyHint: true },
  put: { idempotentHint: true },
  hold: { destructiveHint: false },
  book: {},
};

serveStdio(() => {
  const server = new McpServer({ name: 'desk', version: '1.0.0' });
  for (const [tool, annotations] of Object.entries(effects))
    server.registerTool(
      tool,
      { description: `To ${tool} something.`, inputSchema: z.object({ item: z.string() }), annotations },
      async ({ item }, context) => text(await serve(tool, item, keyOf(context.mcpReq._meta))),
    );
  server.registerTool(
    'book_status',
    {
      description: 'Whether a booking was made.',
      inputSchema: z.object({ idempotencyKey: z.string() }),
      annotations: { readOnlyHint: true },
    },
    async ({ idempotencyKey }) => answerOfProbe(idempotencyKey),
  );
  return server;
});

const keyOf = (meta: Readonly<Record<string, unknown>> | undefined): string =>
  String(meta?.['io.aiworkflow/idempotency-key'] ?? 'no key');

async function serve(tool: string, item: string, key: string): Promise<string> {
  const line = { tool, item, key, pid: process.pid } as const;
  note({ phase: 'begun', ...line });
  await sleep(pauseMs);
  const result = resultOf(readDesk(folder), { tool, item });
  note({ phase: 'done', ...line, result });
  await sleep(pauseMs);
  note({ phase: 'answered', ...line });
  return result;
}

/** From the file, as every new process of this server sees it. `mood` makes the probe a bad one, for its own tests. */
async function answerOfProbe(key: string) {
  note({ phase: 'asked', tool: 'book_status', item: '', key, pid: process.pid });
  if (mood === 'silent') await sleep(600_000);
  if (mood === 'garbage') return text('ask me tomorrow');
  if (mood === 'unknown') return text('{"status":"unknown"}');
  if (mood === 'failing') return { ...text('the desk is closed'), isError: true };
  if (mood === 'dying') process.exit(1);
  const work = workOf(readDesk(folder), key);
  return text(JSON.stringify(work ? { status: 'done', result: work.result } : { status: 'not-done' }));
}
