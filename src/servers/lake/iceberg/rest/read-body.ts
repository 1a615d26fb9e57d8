import type { IncomingMessage } from 'node:http';
import { RestRefusal } from './rest-refusal.ts';

/** @throws RestRefusal 413 for more than any table's change takes. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) {
      const message = `The request has more than ${mostBytes} bytes.`;
      throw new RestRefusal(413, { type: 'BadRequestException', message });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

// A schema of ten thousand columns has two million.
const mostBytes = 16 * 1024 ** 2;
