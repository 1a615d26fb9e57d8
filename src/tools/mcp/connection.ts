import { ToolError } from '../../errors/index.ts';
import type { Scrub } from '../../ports/environment.ts';
import { openSession, type Session, type SessionOptions } from './open-session.ts';
import { startFailure } from './start-failure.ts';

// A server that dies this often is broken: starting it for ever would hide that and burn the machine.
const maxRestarts = 3;
const restartWindowMs = 60_000;

/** Keeps one live session to a server: starts it on first use, and again when it has died. */
export interface Connection {
  /** The live session. Throws ToolError TOOL_SERVER_UNREACHABLE. */
  session(): Promise<Session>;
  /** This session is of no more use; the next call starts another. */
  drop(session: Session): void;
  close(): Promise<void>;
}

export function createConnection(server: {
  readonly name: string;
  readonly scrub: Scrub;
  /** Read at each start: a missing secret is an error of the start, not of the declaration. */
  readonly sessionOptions: () => SessionOptions;
}): Connection {
  let current: { readonly opening: Promise<Session>; live?: Session; dropped: boolean } | undefined;
  const retired = new Set<Session>();
  let starts: number[] = [];
  let closed = false;
  let lastTrouble = '';

  async function session(): Promise<Session> {
    if (closed) throw unreachable('was closed', 'open the tools again after close().');
    if (!current || current.dropped) current = { opening: start(), dropped: false };
    const mine = current;
    try {
      const live = await mine.opening;
      mine.live = live;
      if (live.isOpen() && !mine.dropped) return live;
      const words = live.lastWords();
      lastTrouble = words === '' ? '' : ` It wrote last:\n${words}`;
      mine.dropped = true;
    } catch (error) {
      mine.dropped = true;
      throw error;
    }
    return session();
  }

  async function start(): Promise<Session> {
    const now = performance.now();
    starts = starts.filter((at) => now - at < restartWindowMs);
    if (starts.length > maxRestarts) {
      throw unreachable(
        `was started ${starts.length} times within a minute and is gone again.${lastTrouble}`,
        'look at why it ends; it is tried again after a minute.',
      );
    }
    starts.push(now);
    const options = server.sessionOptions();
    try {
      const opened = await openSession(options);
      if (closed) await opened.close();
      return opened;
    } catch (error) {
      const failure = startFailure(error, { ...server, launch: options.launch });
      lastTrouble = ` The last time: ${failure.message}`;
      throw failure;
    }
  }

  function unreachable(what: string, hint: string): ToolError {
    return new ToolError({
      code: 'TOOL_SERVER_UNREACHABLE',
      message: server.scrub(`The tool server "${server.name}" ${what}`),
      hint,
      details: { server: server.name },
    });
  }

  function drop(session: Session): void {
    // Another call may have dropped it already, and its successor must live.
    if (current?.live === session) current.dropped = true;
    retired.add(session);
    // Other calls may still get their answers on it. A failure to say goodbye concerns nobody after that.
    const leave = session.idle().then(() => session.close());
    leave.catch(() => {}).finally(() => retired.delete(session));
  }

  async function close(): Promise<void> {
    closed = true;
    const opened = await current?.opening.catch(() => undefined);
    await Promise.all([...retired, ...(opened ? [opened] : [])].map((session) => session.close()));
  }

  return { session, drop, close };
}
