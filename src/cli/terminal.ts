import { plainStyle, type Style, styleFor } from './render/style.ts';

/** Where a command writes: results to standard output, progress and errors to standard error. */
export interface Terminal {
  /** Writes lines as they are; a line feed is added. */
  out(text: string): void;
  err(text: string): void;
  /** Writes without a line feed, for redrawing. */
  draw(text: string): void;
  readonly outStyle: Style;
  readonly errStyle: Style;
  /** True when progress may redraw lines. */
  readonly live: boolean;
  readonly outIsTerminal: boolean;
  readonly columns: number;
  readonly rows: number;
}

export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  const closed = watchClosedPipes([stdout, stderr]);
  const write = (stream: NodeJS.WriteStream, text: string): void => {
    if (!closed.has(stream)) stream.write(text);
  };
  return {
    out: (text) => write(stdout, `${text}\n`),
    err: (text) => write(stderr, `${text}\n`),
    draw: (text) => write(stderr, text),
    outStyle: stdout.isTTY ? styleFor(stdout) : forced(stdout),
    errStyle: stderr.isTTY ? styleFor(stderr) : forced(stderr),
    live: stderr.isTTY === true && process.env['TERM'] !== 'dumb',
    outIsTerminal: stdout.isTTY === true,
    // A pipe has no width: 200 keeps lines readable in a file and whole for grep.
    get columns() {
      return stdout.columns ?? stderr.columns ?? 200;
    },
    get rows() {
      return stderr.rows ?? 40;
    },
  };
}

/** Colours in a pipe only for those who ask for them (FORCE_COLOR). */
function forced(stream: NodeJS.WriteStream): Style {
  return process.env['FORCE_COLOR'] ? styleFor(stream) : plainStyle;
}

/** `aiworkflow show … | head` closes the pipe early: what follows is for nobody, and is no error. */
function watchClosedPipes(streams: readonly NodeJS.WriteStream[]): ReadonlySet<NodeJS.WriteStream> {
  const closed = new Set<NodeJS.WriteStream>();
  for (const stream of streams)
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      closed.add(stream);
    });
  return closed;
}
