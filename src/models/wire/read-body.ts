import type { IncomingMessage } from 'node:http';

/** How long the rest of a body that nobody wants may take before its connection is given up. */
const drainMs = 1000;

export interface Reading {
  /** Takes the next piece of text; true says that it was the last that is wanted. */
  readonly take: (text: string) => boolean;
  /** Called for every piece, before it is taken. */
  readonly touch: () => void;
}

/**
 * Reads an answer to its end, or to the piece that `take` calls the last; what comes after is drained, so that the
 * connection is kept. Each piece is handled where it arrives: a promise per piece costs more than its contents.
 * Rejects when the connection breaks, and with what `take` throws; then the message is the caller's to destroy.
 */
export async function readBody(message: IncomingMessage, reading: Reading): Promise<void> {
  await wanted(message, reading);
  if (!message.complete) drain(message);
}

export async function readText(message: IncomingMessage, touch: () => void): Promise<string> {
  let whole = '';
  const take = (text: string): boolean => {
    whole += text;
    return false;
  };
  await readBody(message, { take, touch });
  return whole;
}

function wanted(message: IncomingMessage, { take, touch }: Reading): Promise<void> {
  return new Promise((resolve, reject) => {
    let done = false;
    // Characters that are cut in two by the borders of chunks are put together here.
    message.setEncoding('utf8');
    message.on('data', (text: string) => {
      if (done) return;
      touch();
      try {
        done = take(text);
      } catch (error) {
        done = true;
        reject(error);
      }
      if (done) resolve();
    });
    message.once('end', resolve);
    message.once('error', reject);
    message.once('close', () => {
      if (!message.complete) reject(new Error('terminated'));
    });
  });
}

function drain(message: IncomingMessage): void {
  const timer = setTimeout(() => message.destroy(), drainMs);
  timer.unref();
  message.once('close', () => clearTimeout(timer));
}
