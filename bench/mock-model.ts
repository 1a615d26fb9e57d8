// A model server in its own process: chat completions as JSON or as a stream, without think time, on loopback.
//   POST /turns/<n>/v1/chat/completions          n-1 tool calls, then the final text
//   POST /turns/<n>/hold/<ms>/v1/chat/completions the same, each answer held back for so long
//   GET  /stats                                   what has arrived so far, as JSON (see MockStats)
// It keeps no conversation: the turn follows from how many tool results a request holds. The body is searched, not
// parsed, so that the server takes little of the machine that it shares with what is measured.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { finalText, type MockStats } from './mock-protocol.ts';

const toolResultMark = Buffer.from('"tool_call_id"');
const streamMark = Buffer.from('"stream":true');
const route = /^\/turns\/(\d+)(?:\/hold\/(\d+))?\/v1\/chat\/completions$/;
const usage = { prompt_tokens: 900, completion_tokens: 30, total_tokens: 930 };

const stats: MockStats = { requests: 0, bytesIn: 0, cpuMs: 0, lastRequestAtMs: 0 };

const server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 0 }, (request, response) => {
  const arrivedAtMs = performance.timeOrigin + performance.now();
  if (request.url === '/stats') return sendJson(response, JSON.stringify(statsNow()));
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const [, turns, holdMs] = route.exec(request.url ?? '') ?? [];
    if (turns === undefined) return response.writeHead(404).end();
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    stats.requests += 1;
    stats.bytesIn += body.length;
    stats.lastRequestAtMs = arrivedAtMs;
    const answer = (): void => send(response, body, Number(turns));
    if (holdMs === undefined) answer();
    else setTimeout(answer, Number(holdMs));
  });
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
// Ends with the process that started it, whatever becomes of that.
process.stdin.on('end', () => process.exit(0)).resume();

function send(response: ServerResponse, body: Buffer, turns: number): void {
  const turn = occurrences(body, toolResultMark) + 1;
  const isLast = turn >= turns;
  if (!body.includes(streamMark)) {
    sendJson(response, answerText(turn, isLast));
    return;
  }
  const text = streamText(turn, isLast);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function sendJson(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function answerText(turn: number, isLast: boolean): string {
  const message = isLast
    ? { role: 'assistant', content: finalText }
    : { role: 'assistant', content: null, tool_calls: [toolCall(turn)] };
  const choice = { index: 0, message, finish_reason: isLast ? 'stop' : 'tool_calls' };
  return JSON.stringify({ ...head(turn, 'chat.completion'), choices: [choice], usage });
}

function streamText(turn: number, isLast: boolean): string {
  const delta = isLast
    ? { role: 'assistant', content: finalText }
    : { role: 'assistant', content: null, tool_calls: [{ index: 0, ...toolCall(turn) }] };
  const chunk = head(turn, 'chat.completion.chunk');
  const chunks = [
    { ...chunk, choices: [{ index: 0, delta, finish_reason: null }] },
    { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: isLast ? 'stop' : 'tool_calls' }] },
    { ...chunk, choices: [], usage },
  ];
  return `${chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')}data: [DONE]\n\n`;
}

const head = (turn: number, object: string) => ({
  id: `chatcmpl-${turn}`,
  object,
  created: 1_790_000_000,
  model: 'mock-model',
});

const toolCall = (turn: number) => ({
  id: `call_${turn}`,
  type: 'function',
  function: { name: 'read_sample', arguments: JSON.stringify({ path: `samples/${turn}.csv`, index: turn }) },
});

function occurrences(body: Buffer, mark: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(mark); at !== -1; at = body.indexOf(mark, at + mark.length)) count += 1;
  return count;
}

function statsNow(): MockStats {
  const { user, system } = process.cpuUsage();
  return { ...stats, cpuMs: (user + system) / 1000 };
}
