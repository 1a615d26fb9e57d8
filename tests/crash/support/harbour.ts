import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { price } from './model-server.ts';

const deskServer = join(import.meta.dirname, 'desk-server.ts');

export interface HarbourOptions {
  readonly modelUrl: string;
  /** Milliseconds that a tool takes before its work and again after it. */
  readonly toolMs: number;
  /** Bookings have a probe; without one a person has to decide about them. */
  readonly withProbe: boolean;
  /** How the probe behaves: see desk-server.ts. */
  readonly mood?: string;
  /** Milliseconds until a call of a tool is cut off. */
  readonly timeoutMs?: number;
  /** Other arguments of the program that is the tool server. */
  readonly deskArguments?: readonly string[];
  /** The name of the model's provider in the project's file (default `mock`). */
  readonly providerName?: string;
  /** Lines that go to the end of the project's file, among the servers. */
  readonly extra?: string;
}

export interface Harbour {
  readonly dir: string;
  readonly database: string;
  write(path: string, text: string): string;
  /** Writes the project's file anew. */
  configure(change: Partial<HarbourOptions>): void;
  remove(): void;
}

/** A project with everything that a crash can fall into: parallel branches, items, rounds, an inner workflow. */
export function createHarbour(options: HarbourOptions): Harbour {
  const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-crash-'));
  const write = (path: string, text: string): string => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
    return join(dir, path);
  };
  const configure = (change: Partial<HarbourOptions>): void => {
    write('aiworkflow.yaml', projectFile(dir, { ...options, ...change }));
  };
  configure({});
  write('workflows/harbour.yaml', harbour);
  write('workflows/ship.yaml', ship);
  return {
    dir,
    database: join(dir, 'audit.db'),
    write,
    configure,
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }),
  };
}

const projectFile = (dir: string, options: HarbourOptions): string => {
  const { modelUrl, toolMs, withProbe, mood = '', timeoutMs, extra = '', providerName = 'mock' } = options;
  const deskArguments = options.deskArguments ?? [deskServer, dir, String(toolMs), mood];
  return `model: mock:clerk
database: audit.db
providers:
  ${providerName}: { api: openai.chat, baseUrl: '${modelUrl}' }
prices:
  '${providerName}:clerk': { input: ${price.input}, output: ${price.output} }
tools:
  desk:
    command: ${process.execPath}
    args: ${JSON.stringify(deskArguments)}
${withProbe ? '    probes: { book: book_status }\n' : ''}${timeoutMs === undefined ? '' : `    timeoutMs: ${timeoutMs}\n`}${extra}`;
};

const harbour = `id: harbour
tools: [desk]
budget: { usd: 2 }
params:
  orders: { type: array, default: [ann, bob] }
steps:
  - id: scan
    prompt: |
      Look around.
      PLAN [[["look","quay"],["put","list"]]]
    tools: [desk.look, desk.put]
    settings: { maxOutputTokens: 200 }
    response: { said: string, open: integer }
  - id: bookings
    forEach: '{{ params.orders }}'
    as: order
    concurrency: 2
    prompt: |
      Book for {{ order }}, after {{ scan.response.said }}.
      PLAN [[["look","{{ order }}"],["book","{{ order }}"]],[["hold","{{ order }}"],["put","{{ order }}"]]]
    tools: ['desk.*']
    settings: { maxOutputTokens: 200 }
    response: { said: string, open: integer }
  - id: refine
    prompt: |
      After {{ scan.response.said }}. ROUND {{ round }}
      PLAN [[["book","round {{ round }}"]]]
    tools: [desk.book]
    until: eq refine.response.open 0
    settings: { maxOutputTokens: 200 }
    response: { said: string, open: integer }
  - id: shipping
    workflow: ship
    params: { cargo: '{{ bookings.response.[0].said }}' }
  - id: seal
    call: desk.book
    arguments: { item: 'seal' }
    needs: [refine, shipping]
  - id: report
    prompt: |
      Report.
      {{ json bookings.response }} {{ json refine.response }} {{ json shipping.response }} {{ seal.text }}
    settings: { maxOutputTokens: 200 }
    response: { said: string, open: integer }
result: report.response.said
`;

const ship = `id: ship
tools: [desk]
params:
  cargo: { type: string }
steps:
  - id: hold
    call: desk.hold
    arguments: { item: '{{ params.cargo }}' }
  - id: load
    prompt: |
      Load what {{ hold.text }} says.
      PLAN [[["book","crane"]]]
    tools: [desk.book]
    settings: { maxOutputTokens: 200 }
    response: { said: string, open: integer }
result: load.response.said
`;
