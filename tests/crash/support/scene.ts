import { openAuditLog } from '../../../src/audit/sqlite/index.ts';
import type { AuditEvent } from '../../../src/domain/events.ts';
import { type CliResult, type RunningCli, runCli, startCli } from '../../cli/support/run-cli.ts';
import { type DeskLine, readDesk } from './desk-calls.ts';
import { createHarbour, type Harbour, type HarbourOptions } from './harbour.ts';
import { type ModelServer, startModelServer } from './model-server.ts';
import { deskGone, until } from './processes.ts';

/** A project, its model and the command line in its folder. */
export interface Scene {
  readonly harbour: Harbour;
  readonly model: ModelServer;
  cli(...args: string[]): Promise<CliResult>;
  start(...args: string[]): RunningCli;
  /** What the tools did, of one tool or of all. */
  desk(tool?: string): readonly DeskLine[];
  /** Starts `args`, kills the program when a line of this kind is in the tools' file, and gives the run's id. */
  killedAt(phase: DeskLine['phase'], ...args: string[]): Promise<string>;
  /** The events of a run, or of the newest one. */
  events(runId?: string): readonly AuditEvent[];
  runId(): string;
  close(): Promise<void>;
}

export interface SceneOptions extends Partial<Omit<HarbourOptions, 'modelUrl'>> {
  readonly thinkMs?: number;
  readonly files?: Readonly<Record<string, string>>;
}

export async function openScene({ thinkMs = 2, files = {}, ...options }: SceneOptions = {}): Promise<Scene> {
  const model = await startModelServer({ thinkMs });
  const harbour = createHarbour({ modelUrl: model.url, toolMs: 2, withProbe: false, ...options });
  for (const [path, text] of Object.entries(files)) harbour.write(path, text);
  const { dir } = harbour;
  const scene: Scene = {
    harbour,
    model,
    cli: (...args) => runCli(args, { cwd: dir }),
    start: (...args) => startCli(args, { cwd: dir }),
    desk: (tool) => readDesk(dir).filter((line) => tool === undefined || line.tool === tool),
    async killedAt(phase, ...args) {
      const before = count(dir, phase);
      const { child, done } = scene.start(...args);
      const ended = { yet: false };
      void done.then(() => (ended.yet = true));
      await until(() => ended.yet || count(dir, phase) > before);
      child.kill('SIGKILL');
      const { signal, stderr } = await done;
      if (signal !== 'SIGKILL') throw new Error(`it ended before a line "${phase}":\n${stderr}`);
      await deskGone(dir);
      return scene.runId();
    },
    events: (runId) => withLog(harbour, (log) => [...log.events(runId ?? newest(log))]),
    runId: () => withLog(harbour, newest),
    async close() {
      await model.close();
      harbour.remove();
    },
  };
  return scene;
}

const count = (dir: string, phase: DeskLine['phase']): number =>
  readDesk(dir).filter((line) => line.phase === phase).length;

type Log = ReturnType<typeof openAuditLog>;

function withLog<Value>({ database }: Harbour, read: (log: Log) => Value): Value {
  const log = openAuditLog({ file: database, readOnly: true, durability: 'normal' });
  try {
    return read(log);
  } finally {
    log.close();
  }
}

const newest = ({ database }: Log): string =>
  database
    .prepare<[], { run_id: string }>('SELECT run_id FROM runs ORDER BY started_at DESC, run_id DESC')
    .get()?.run_id ?? '';

/** One booking without a model: `book`, of the class irreversible. */
export const bookingFiles = {
  'workflows/booking.yaml': `id: booking
tools: [desk]
steps:
  - id: reserve
    call: desk.book
    arguments: { item: table }
  - id: tell
    prompt: 'Tell. {{ reserve.text }}'
    settings: { maxOutputTokens: 200 }
    response: { said: string, open: integer }
result: tell.response.said
`,
};
