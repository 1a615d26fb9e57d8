import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const shared = join(process.cwd(), '..', 'shared');
const recordings = join(shared, 'data', 'recordings');
const server = join(shared, 'tools', 'replay-server.mjs');

export const hasSharedMaterial = existsSync(recordings) && existsSync(server);
export const whySkipped = '../shared is absent: the recorded exchanges with the providers are not played';

export interface Interaction {
  readonly n: number;
  readonly api: string;
  readonly request: { readonly body: WireBody };
  readonly response: { readonly status: number; readonly sse: boolean };
  readonly result: { readonly text: string; readonly usage: Record<string, unknown> | null };
}
export interface RecordedTraffic {
  readonly interactions: readonly Interaction[];
}
// The recorded bodies are of three APIs; the tests look into them by name.
// biome-ignore lint/suspicious/noExplicitAny: foreign JSON, read by the tests only
export type WireBody = any;

export interface ReplayServer {
  readonly url: string;
  readonly openaiBaseURL: string;
  readonly anthropicBaseURL: string;
  readonly sent: readonly { readonly body: WireBody; readonly auth: string | null }[];
  report(): { structure: number; reasoning: number; content: number; params: number; diffs: Difference[] };
  close(): Promise<void>;
}
export interface Difference {
  readonly level: string;
  readonly msg: string;
}
interface ReplayModule {
  loadRecording(files: string[]): RecordedTraffic;
  scenarioOf(traffic: RecordedTraffic): {
    conversations: { api: string; requests: number[]; finalText: string; finalStatus: number }[];
  };
  startReplayServer(traffic: RecordedTraffic, options?: Record<string, unknown>): Promise<ReplayServer>;
  parseFault(text: string): unknown;
}

export const loadReplay = async (): Promise<ReplayModule> =>
  (await import(pathToFileURL(server).href)) as ReplayModule;

export const recordingPath = (name: string): string => join(recordings, name);

export const recordingNames = (): string[] =>
  hasSharedMaterial
    ? ['openai-chat', 'openai-responses', 'anthropic-messages'].flatMap((api) =>
        readdirSync(join(recordings, api)).map((file) => `${api}/${file}`),
      )
    : [];
