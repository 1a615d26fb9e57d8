import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { openLake } from './lake.ts';
import { createLakeServer } from './lake-server.ts';
import { parseLakeArgs } from './parse-args.ts';

/**
 * `aiworkflow server lake`: MCP over standard input and output, until the input ends.
 * @throws DefinitionError USAGE for wrong arguments, FILE_UNREADABLE when the database cannot be opened.
 */
export async function serveLake(args: string[]): Promise<void> {
  const lake = await openLake(parseLakeArgs(args));
  try {
    const served = serveStdio(() => createLakeServer(lake));
    await inputEnds();
    await served.close();
  } finally {
    lake.store.close();
  }
}

function inputEnds(): Promise<void> {
  return new Promise((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
  });
}
