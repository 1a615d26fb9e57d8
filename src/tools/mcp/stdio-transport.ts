import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { isJsonObject } from '../../domain/json.ts';
import { messageOf } from '../../errors/index.ts';
import { createLineSplitter, type Line, requestIdAtEdge } from './message-lines.ts';
import type { ServerProcess } from './server-process.ts';
import { describeBytes, failureAnswer, TransportFailure } from './transport-failure.ts';

// A program that writes this much and not one message speaks another protocol.
const maxForeignBytes = 262_144;

interface PendingCall {
  readonly id: string | number;
  handedOver: boolean;
}

/**
 * MCP over the standard input and output of a running process. Our own, because it has to know for each tool call
 * whether it was handed over before the process died (then it may have happened) or not (then it is sent again),
 * and because one result must not fill the memory.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: NonNullable<Transport['onmessage']>;
  /** The client tells a local pipe by these two: a silent server there is an old one, not an outage. */
  readonly stderr = null;
  readonly pid = null;

  readonly #process: ServerProcess;
  readonly #maxMessageBytes: number;
  /** Tool calls without an answer: whether they were handed over. */
  readonly #calls = new Map<string | number, PendingCall>();
  #foreign = '';
  #foreignBytes = 0;
  #understood = false;
  #closed = false;

  constructor(process: ServerProcess, maxMessageBytes: number) {
    this.#process = process;
    this.#maxMessageBytes = maxMessageBytes;
  }

  async start(): Promise<void> {
    const split = createLineSplitter(this.#maxMessageBytes);
    this.#process.stdout.on('data', (chunk: Buffer) => {
      for (const line of split(chunk)) this.#receive(line);
    });
    void this.#process.ended.then((how) => this.#finish(`the server ended (${how})`));
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const call = this.#track(message);
    // A cancelled call is waited for no longer, answered or not.
    if ('method' in message && message.method === 'notifications/cancelled')
      this.#settle(message.params?.['requestId']);
    try {
      if (this.#closed) throw new Error('the server has ended');
      await this.#write(`${JSON.stringify(message)}\n`);
      if (call) call.handedOver = true;
    } catch (error) {
      if (!call) throw error;
      // A line that was not written whole is no request: it did not happen.
      this.#settle(call.id);
      this.onmessage?.(failureAnswer(call.id, new TransportFailure('not-sent', messageOf(error))));
    }
  }

  async close(): Promise<void> {
    await this.#process.close();
    this.#finish('the server was closed');
  }

  /** What the program wrote to its output that is no message, for the error when it never became a server. */
  get foreignOutput(): string {
    return this.#foreign.trim();
  }

  #track(message: JSONRPCMessage): PendingCall | undefined {
    if (!('method' in message) || !('id' in message) || message.method !== 'tools/call') return undefined;
    const call = { id: message.id, handedOver: false };
    this.#calls.set(message.id, call);
    this.#process.hold();
    return call;
  }

  #write(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#process.stdin.write(line, (error) => (error ? reject(error) : resolve()));
    });
  }

  #settle(id: unknown): void {
    if (typeof id !== 'string' && typeof id !== 'number') return;
    if (this.#calls.delete(id) && this.#calls.size === 0) this.#process.release();
  }

  #receive(line: Line): void {
    if (line.kind === 'too-long') {
      this.#receiveTooLong(line);
      return;
    }
    const message = parseMessage(line.text);
    if (!message) {
      this.#receiveForeign(line.text);
      return;
    }
    this.#understood = true;
    if (!('method' in message)) this.#settle(message.id);
    this.onmessage?.(message);
  }

  #receiveTooLong(line: Extract<Line, { kind: 'too-long' }>): void {
    const id = requestIdAtEdge(line);
    const size = `${describeBytes(line.bytes)}; at most ${describeBytes(this.#maxMessageBytes)} are taken`;
    if (id === undefined) {
      // Nobody can be told, so somebody would wait for ever.
      this.#foreign = `a message of ${size}`;
      void this.close();
      return;
    }
    this.#settle(id);
    this.onmessage?.(failureAnswer(id, new TransportFailure('too-large', `The result has ${size}.`)));
  }

  #receiveForeign(text: string): void {
    if (this.#understood) return;
    this.#foreignBytes += text.length;
    if (this.#foreign.length < 500) this.#foreign += `${text.slice(0, 200)}\n`;
    if (this.#foreignBytes > maxForeignBytes) void this.close();
  }

  #finish(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const [id, { handedOver }] of this.#calls) {
      this.onmessage?.(failureAnswer(id, new TransportFailure(handedOver ? 'cut-off' : 'not-sent', reason)));
    }
    this.#calls.clear();
    this.onclose?.();
  }
}

/** Lines that are no JSON-RPC (a banner, a stray print) are skipped, as clients of this protocol do. */
function parseMessage(text: string): JSONRPCMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && value['jsonrpc'] === '2.0'
      ? (value as unknown as JSONRPCMessage)
      : undefined;
  } catch {
    return undefined;
  }
}
