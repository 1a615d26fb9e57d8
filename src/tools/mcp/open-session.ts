import { createRequire } from 'node:module';
import type {
  CallToolResult,
  Client,
  ClientOptions,
  ConnectOptions,
  ElicitRequest,
  ElicitResult,
  JsonSchemaValidator,
  Tool,
  Transport,
} from '@modelcontextprotocol/client';
import type { JsonObject } from '../../domain/json.ts';
import { createHttpTransport } from './http-transport.ts';
import type { Launch } from './launch.ts';
import { startServerProcess } from './server-process.ts';
import { StdioTransport } from './stdio-transport.ts';

/** Answers a server that asks for input in the middle of a call. Without one such calls fail and say so. */
export type AnswerElicitation = (request: ElicitRequest['params']) => Promise<ElicitResult>;

export interface SessionOptions {
  readonly launch: Launch;
  readonly startTimeoutMs: number;
  readonly maxMessageBytes: number;
  readonly answerElicitation?: AnswerElicitation | undefined;
}

export interface SessionCall {
  readonly name: string;
  readonly arguments: JsonObject;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** One connection to a server: from its start to its end. It never restarts; `connection.ts` does. */
export interface Session {
  readonly tools: readonly Tool[];
  isOpen(): boolean;
  call(call: SessionCall): Promise<CallToolResult>;
  /** Resolves when no call is in flight any more. */
  idle(): Promise<void>;
  /** What the server wrote last to standard error, for the error that ends a call. */
  lastWords(): string;
  close(): Promise<void>;
}

/** A failed start, with what the process left behind. `start-failure.ts` puts it in words. */
export class SessionStartError extends Error {
  readonly lastWords: string;
  readonly foreignOutput: string;
  /** How the process ended, when it did so by itself. */
  readonly ended: string | undefined;

  constructor(
    cause: unknown,
    left: { lastWords?: string; foreignOutput?: string; ended?: string | undefined },
  ) {
    super('the server could not be started', { cause });
    this.lastWords = left.lastWords ?? '';
    this.foreignOutput = left.foreignOutput ?? '';
    this.ended = left.ended;
  }
}

/** Starts or reaches the server, settles the protocol's revision, lists the tools. Throws SessionStartError. */
export async function openSession(options: SessionOptions): Promise<Session> {
  if (options.launch.kind === 'http') return openHttpSession(options);
  try {
    return await openStdioSession(options, 'auto');
  } catch (error) {
    // Servers on older libraries end when the first message is not `initialize`: start once more, with that.
    if (error instanceof SessionStartError && error.ended !== undefined)
      return openStdioSession(options, 'legacy');
    throw error;
  }
}

async function openStdioSession(options: SessionOptions, era: 'auto' | 'legacy'): Promise<Session> {
  if (options.launch.kind !== 'stdio') throw new TypeError('a stdio launch is needed');
  const { Client } = await import('@modelcontextprotocol/client');
  const process = await startServerProcess(options.launch).catch((error: unknown) => {
    throw new SessionStartError(error, {});
  });
  let ended: string | undefined;
  let closing = false;
  void process.ended.then((how) => {
    if (!closing) ended = how;
  });
  const transport = new StdioTransport(process, options.maxMessageBytes);
  const client = new Client(clientInfo(), clientOptions(options));
  const close = async () => {
    closing = true;
    await client.close();
    await transport.close();
  };
  try {
    const tools = await connect({
      client,
      transport,
      options,
      ...(era === 'legacy' && { prior: { kind: era } }),
    });
    process.release();
    return sessionOf({ client, tools, lastWords: process.stderrTail, close });
  } catch (error) {
    // A write to a dying process fails before its end is known, and why it ended is what the user needs.
    await Promise.race([process.ended, pause(1000)]);
    await close();
    const { foreignOutput } = transport;
    throw new SessionStartError(error, { lastWords: process.stderrTail(), foreignOutput, ended });
  }
}

async function openHttpSession(options: SessionOptions): Promise<Session> {
  if (options.launch.kind !== 'http') throw new TypeError('an HTTP launch is needed');
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const { launch, maxMessageBytes, answerElicitation } = options;
  const limits = { maxMessageBytes, standingStream: answerElicitation !== undefined };
  const transport = createHttpTransport(StreamableHTTPClientTransport, { ...launch, ...limits });
  const client = new Client(clientInfo(), clientOptions(options));
  const close = async () => {
    // Good manners towards servers that keep a session; one that is gone needs no goodbye.
    await Promise.race([transport.terminateSession().catch(() => {}), pause(1000)]);
    await client.close();
  };
  try {
    const tools = await connect({ client, transport, options });
    return sessionOf({ client, tools, lastWords: () => '', close });
  } catch (error) {
    await client.close();
    throw new SessionStartError(error, {});
  }
}

interface Connecting extends Pick<ConnectOptions, 'prior'> {
  readonly client: Client;
  readonly transport: Transport;
  readonly options: SessionOptions;
}

async function connect({ client, transport, options, prior }: Connecting): Promise<readonly Tool[]> {
  const timeout = options.startTimeoutMs;
  const { answerElicitation } = options;
  if (answerElicitation) {
    client.setRequestHandler('elicitation/create', (request) => answerElicitation(request.params));
  }
  await client.connect(transport, { timeout, ...(prior && { prior }) });
  // Asked although there are none, the library would print a line to our standard output.
  if (!client.getServerCapabilities()?.tools) return [];
  const { tools } = await client.listTools(undefined, { timeout });
  return tools;
}

function sessionOf(parts: {
  readonly client: Client;
  readonly tools: readonly Tool[];
  readonly lastWords: () => string;
  readonly close: () => Promise<void>;
}): Session {
  const { client, tools, lastWords, close } = parts;
  let open = true;
  client.onclose = () => {
    open = false;
  };
  const inFlight = new Set<Promise<unknown>>();
  const call = (request: SessionCall) => {
    const answer = callTool(client, request);
    const settled: Promise<unknown> = answer.then(
      () => inFlight.delete(settled),
      () => inFlight.delete(settled),
    );
    inFlight.add(settled);
    return answer;
  };
  const idle = async () => {
    await Promise.all(inFlight);
  };
  return { tools, isOpen: () => open, lastWords, close, call, idle };
}

function callTool(client: Client, call: SessionCall): Promise<CallToolResult> {
  const { name, idempotencyKey, signal } = call;
  // setTimeout fires at once for anything longer (2^31 - 1 ms, 24 days).
  const timeout = Math.min(call.timeoutMs, 2_147_483_647);
  const _meta = { 'io.aiworkflow/idempotency-key': idempotencyKey };
  // No onprogress: a server that reports progress must not live longer than the time-out for it.
  return client.callTool(
    { name, arguments: { ...call.arguments }, _meta },
    { signal, timeout, maxTotalTimeout: timeout },
  );
}

function clientOptions({ answerElicitation, startTimeoutMs }: SessionOptions): ClientOptions {
  return {
    // A silent server on a pipe is an old one that ignores what it does not know; `npx` may download before it speaks.
    versionNegotiation: { mode: 'auto', probe: { timeoutMs: Math.min(30_000, startTimeoutMs / 2) } },
    capabilities: answerElicitation ? { elicitation: { form: { applyDefaults: true } } } : {},
    inputRequired: { autoFulfill: answerElicitation !== undefined },
    jsonSchemaValidator: acceptEverything,
  };
}

/** Results are checked by our own validator, in words for a model; here every one passes. */
const acceptEverything: NonNullable<ClientOptions['jsonSchemaValidator']> = {
  getValidator<T>(): JsonSchemaValidator<T> {
    return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
  },
};

// By the package's own name: the way to package.json is not the same from `src/` and from the bundle.
function clientInfo(): { name: string; version: string } {
  const { version }: { version: string } = createRequire(import.meta.url)('aiworkflow/package.json');
  return { name: 'aiworkflow', version };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
