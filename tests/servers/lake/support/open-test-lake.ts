import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { onTestFinished } from 'vitest';
import { openLake } from '../../../../src/servers/lake/lake.ts';
import { createLakeServer } from '../../../../src/servers/lake/lake-server.ts';
import type { LakeSettings } from '../../../../src/servers/lake/parse-args.ts';

export type Row = Record<string, unknown>;
// Answers are asserted field by field.
export interface Answer {
  readonly [field: string]: unknown;
}

export interface TestLake {
  readonly folder: string;
  /** The structured answer; throws the text of an `isError` result. */
  call(tool: string, input?: Row): Promise<Answer>;
  /** The text of an `isError` result; throws when the call succeeds. */
  failure(tool: string, input?: Row): Promise<string>;
  text(tool: string, input?: Row): Promise<string>;
  rows(sql: string): Promise<Row[]>;
  write(path: string, content: string | Uint8Array): void;
  readonly client: Client;
}

/** A folder of its own with the given files. Made for tests: no vendor has sent them. */
export function temporaryFolder(files: Record<string, string | Uint8Array> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'lake-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) writeInto(folder, path, content);
  return folder;
}

export function writeInto(folder: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

/** A real client and a real server in one process, over a lake of its own. */
export async function openTestLake(
  files: Record<string, string | Uint8Array> = {},
  settings: Partial<LakeSettings> = {},
): Promise<TestLake> {
  const folder = temporaryFolder(files);
  const lake = await openLake({
    roots: [folder],
    warehouse: temporaryFolder(),
    memory: '1GB',
    threads: 2,
    maxRows: 200,
    statementTimeoutMs: 60_000,
    ...settings,
  });
  const [near, far] = InMemoryTransport.createLinkedPair();
  await createLakeServer(lake).connect(far);
  const client = new Client({ name: 'lake-tests', version: '1' });
  await client.connect(near);
  onTestFinished(async () => {
    await client.close();
    await lake.store.close();
  });
  return testLakeOver(client, folder);
}

export function testLakeOver(client: Client, folder: string): TestLake {
  const raw = async (tool: string, input: Row = {}) => {
    const result = await client.callTool({ name: tool, arguments: input });
    const content = (result.content as { text: string }[])[0]?.text ?? '';
    return { isError: result.isError === true, content, structured: result.structuredContent as Answer };
  };
  return {
    client,
    folder,
    write: (path, content) => writeInto(folder, path, content),
    call: async (tool, input) => {
      const { isError, content, structured } = await raw(tool, input);
      if (isError) throw new Error(`${tool} failed: ${content}`);
      return structured;
    },
    failure: async (tool, input) => {
      const { isError, content } = await raw(tool, input);
      if (!isError) throw new Error(`${tool} succeeded: ${content}`);
      return content;
    },
    text: async (tool, input) => (await raw(tool, input)).content,
    rows: async (sql) => {
      const { isError, content, structured } = await raw('preview_sql', { sql, limit: 1000 });
      if (isError) throw new Error(content);
      return structured['rows'] as Row[];
    },
  };
}
