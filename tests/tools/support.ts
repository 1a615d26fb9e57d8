import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createSchemaValidator } from '../../src/contracts/schema-validator.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { ServerConfig } from '../../src/domain/server-config.ts';
import type { ToolOutput } from '../../src/domain/tool.ts';
import type { CallableTool, ToolCallContext } from '../../src/ports/tool-source.ts';
import { createMcpServer, type McpServer, type McpServerContext } from '../../src/tools/index.ts';

const fixture = (file: string) => join(import.meta.dirname, 'fixtures', file);

export const modernServer: ServerConfig = { command: process.execPath, args: [fixture('modern-server.ts')] };
export const olderServer: ServerConfig = { command: process.execPath, args: [fixture('older-server.ts')] };
export const rawServer = (...args: string[]): ServerConfig => ({
  command: process.execPath,
  args: [fixture('raw-server.mjs'), ...args],
});

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs when the test is over, the last one first. */
export function afterTest(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tools-'));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A server that is closed when the test is over. */
export function openServer(
  config: ServerConfig,
  context: Partial<McpServerContext> & { name?: string } = {},
): McpServer {
  const server = createMcpServer({ name: 'fixture', config, validator: createSchemaValidator(), ...context });
  afterTest(() => server.close());
  return server;
}

export function callContext(more: Partial<ToolCallContext> = {}): ToolCallContext {
  return {
    signal: new AbortController().signal,
    timeoutMs: 20_000,
    idempotencyKey: 'run1/scan/t1.1',
    ...more,
  };
}

export async function findTool(server: McpServer, name: string): Promise<CallableTool> {
  const tools = await server.getCallableTools();
  const tool = tools.find(({ definition }) => definition.name === `${server.name}.${name}`);
  if (!tool)
    throw new Error(`no tool ${name} in ${tools.map(({ definition }) => definition.name).join(', ')}`);
  return tool;
}

export async function call(
  server: McpServer,
  name: string,
  args: JsonObject = {},
  more: Partial<ToolCallContext> = {},
): Promise<ToolOutput> {
  return (await findTool(server, name)).call(args, callContext(more));
}

export function textOf(output: ToolOutput): string {
  return output.content.map((part) => (part.type === 'text' ? part.text : `<${part.mediaType}>`)).join('\n');
}

/** Whether a process runs. One that has ended and waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** `${NAME}` as a project writes it. */
export const reference = (name: string): string => `$\{${name}}`.replace('\\', '');
