import { existsSync } from 'node:fs';
import { messageOf, ToolError } from '../../errors/index.ts';
import type { Scrub } from '../../ports/environment.ts';
import { causeCode, type HttpLaunch } from './http-transport.ts';
import type { Launch } from './launch.ts';
import { SessionStartError } from './open-session.ts';
import type { StdioLaunch } from './server-process.ts';

interface FailedServer {
  readonly name: string;
  readonly launch: Launch;
  readonly scrub: Scrub;
}

/** Why a server is not there, and what to look at. */
export function startFailure(error: unknown, { name, launch, scrub }: FailedServer): ToolError {
  const { what, hint } = launch.kind === 'http' ? httpFailure(error, launch) : stdioFailure(error, launch);
  const words = error instanceof SessionStartError ? error.lastWords : '';
  return new ToolError({
    code: 'TOOL_SERVER_UNREACHABLE',
    message: scrub(`The tool server "${name}" ${what}${words === '' ? '.' : `. It wrote:\n${words}`}`),
    hint: scrub(hint.replaceAll('{name}', name)),
    details: { server: name },
    cause: error,
  });
}

interface Wording {
  readonly what: string;
  readonly hint: string;
}

function stdioFailure(error: unknown, launch: StdioLaunch): Wording {
  const cause = error instanceof SessionStartError ? error.cause : error;
  const byHand = `try the command by hand: ${[launch.command, ...launch.args].map(shellWord).join(' ')}`;
  if (causeCode(cause) === 'ENOENT') return notFound(launch);
  if (causeCode(cause) === 'EACCES') {
    return {
      what: `could not be started: "${launch.command}" is not executable`,
      hint: 'check tools.{name}.command.',
    };
  }
  if (error instanceof SessionStartError && error.foreignOutput !== '') {
    const excerpt = error.foreignOutput.slice(0, 300);
    return {
      what: `did not answer as MCP. Its standard output began:\n${excerpt}\n`,
      hint: `check that tools.{name} starts a server that speaks MCP on its standard output and logs to standard error; ${byHand}`,
    };
  }
  if (error instanceof SessionStartError && error.ended !== undefined) {
    return { what: `ended (${error.ended}) before it answered`, hint: byHand };
  }
  return { what: `could not be used: ${messageOf(cause)}`, hint: byHand };
}

/** As it is to be typed. */
function shellWord(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function notFound({ command, cwd }: StdioLaunch): Wording {
  if (!existsSync(cwd)) {
    return {
      what: `could not be started: the folder ${cwd} does not exist`,
      hint: 'check tools.{name}.cwd.',
    };
  }
  return {
    what: `could not be started: the command "${command}" was not found`,
    hint: 'check tools.{name}.command, and that the program is installed and in PATH or node_modules/.bin.',
  };
}

function httpFailure(error: unknown, { url }: HttpLaunch): Wording {
  const cause = error instanceof SessionStartError ? error.cause : error;
  const status = httpStatusOf(cause);
  if (status === 401 || status === 403) {
    return {
      what: `at ${url} refused us (HTTP ${status})`,
      hint: 'check the credentials in tools.{name}.headers.',
    };
  }
  if (status === 404 || status === 405) {
    return {
      what: `is not at ${url} (HTTP ${status})`,
      hint: 'check the path in tools.{name}.url; it often ends in /mcp.',
    };
  }
  if (status !== undefined) {
    return {
      what: `at ${url} answered with HTTP ${status}`,
      hint: `look at the server's own log, and at ${url}`,
    };
  }
  return {
    what: `at ${url} could not be reached: ${networkWords(cause)}`,
    hint: 'check that the server runs, and host and port in tools.{name}.url.',
  };
}

/** The system's code (`ECONNREFUSED`); without one the innermost words: the outer ones only name the library's own steps. */
function networkWords(error: unknown): string {
  const innermost = innermostOf(error);
  const code = innermost instanceof Error && 'code' in innermost ? innermost.code : undefined;
  return typeof code === 'string' ? code : messageOf(innermost);
}

function innermostOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  // Several addresses were tried (IPv6, then IPv4): they failed alike.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : innerError(error);
  return inner === undefined ? error : innermostOf(inner);
}

/** Where an error keeps what made it: `cause`, or the `data` of the protocol library's own errors. */
function innerError(error: Error): unknown {
  if (error.cause !== undefined) return error.cause;
  const data = 'data' in error ? error.data : undefined;
  return typeof data === 'object' && data !== null && 'cause' in data ? data.cause : undefined;
}

export function httpStatusOf(error: unknown): number | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const data = 'data' in at ? at.data : undefined;
    if (typeof data === 'object' && data !== null && 'status' in data && typeof data.status === 'number') {
      return data.status;
    }
  }
  return undefined;
}
