import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { openLake } from './lake.ts';
import { createLakeServer } from './lake-server.ts';
import { type LakeSettings, parseLakeArgs } from './parse-args.ts';
import { requireInPlace } from './require-in-place.ts';
import { openRestFront } from './rest-front.ts';

/**
 * `aiworkflow server lake`: MCP over standard input and output, until the input ends. With `--rest` the tables are served to other
 * engines as well; with `--rest` and no folder to read from, they alone, until SIGINT or SIGTERM.
 * @throws DefinitionError USAGE for wrong arguments, FILE_UNREADABLE when the warehouse cannot be opened,
 * LAKE_MOVED when its tables are said to be elsewhere.
 */
export async function serveLake(args: string[]): Promise<void> {
  const settings = parseLakeArgs(args);
  requireInPlace(settings.warehouse);
  if (settings.roots.length === 0) return serveRestAlone(settings);
  const lake = await openLake(settings);
  try {
    const front = await openRestFront(settings);
    const served = serveStdio(() => createLakeServer(lake));
    await inputEnds();
    await served.close();
    await front?.close();
  } finally {
    await lake.store.close();
  }
}

async function serveRestAlone(settings: LakeSettings): Promise<void> {
  const front = await openRestFront(settings);
  await signalled();
  await front?.close();
}

/** Nobody speaks on the standard input of a process that was started by hand or by a service manager: it is not looked at. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

function inputEnds(): Promise<void> {
  return new Promise((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
  });
}
