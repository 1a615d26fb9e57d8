import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { floor } from './floors/floor.ts';
import { fetchTransport, sdkTransport, streamedSdkTransport } from './floors/transports.ts';
import type { SetUp } from './subject.ts';

const here = import.meta.dirname;

/** Everything that is measured side by side, by name. */
const own: Readonly<Record<string, () => Promise<SetUp>>> = {
  aiworkflow: () => adapter(join(here, 'adapters/aiworkflow.mjs')),
  'aiworkflow-normal': () => adapter(join(here, 'adapters/aiworkflow-normal.mjs')),
  'sdk-no-log': async () => floor(sdkTransport),
  'sdk-streamed-no-log': async () => floor(streamedSdkTransport),
  'sdk-row-full': async () => floor(sdkTransport, 'FULL'),
  'sdk-row-normal': async () => floor(sdkTransport, 'NORMAL'),
  'sdk-streamed-row-full': async () => floor(streamedSdkTransport, 'FULL'),
  'fetch-row-full': async () => floor(fetchTransport, 'FULL'),
};

export const ownSubjects = Object.keys(own);

/** Public SDKs without a log that can be the fastest: adapters of a peer harness, run from where it is installed. */
const peers = ['ai-sdk', 'genkit'];

/** Peers that are installed in `folder` (a harness with `adapters/` and `node_modules/`). */
export function peerSubjects(folder: string | undefined): string[] {
  if (
    folder === undefined ||
    !existsSync(join(folder, 'node_modules')) ||
    !existsSync(join(folder, 'adapters'))
  )
    return [];
  const adapters = readdirSync(join(folder, 'adapters'));
  return peers.filter((name) => adapters.includes(`${name}.mjs`)).map((name) => `${peerPrefix}${name}`);
}

export const peerPrefix = 'peer:';

export function loadSubject(name: string, peerFolder: string | undefined): Promise<SetUp> {
  if (peerFolder !== undefined && name.startsWith(peerPrefix))
    return adapter(join(peerFolder, 'adapters', `${name.slice(peerPrefix.length)}.mjs`));
  const load = own[name];
  if (!load) throw new Error(`no subject is called "${name}"; there are ${ownSubjects.join(', ')}`);
  return load();
}

async function adapter(file: string): Promise<SetUp> {
  const module = (await import(pathToFileURL(file).href)) as { setup: SetUp };
  return module.setup;
}
