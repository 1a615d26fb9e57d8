import type { CallEnded } from '../../../src/domain/events.ts';
import type { Usage } from '../../../src/domain/usage.ts';
import type { AuditWriter } from '../../../src/ports/audit-log.ts';

export const startMs = Date.UTC(2026, 10, 20, 9, 30, 0, 250);
export const usage = (inputTokens: number, outputTokens: number): Usage => ({
  inputTokens,
  outputTokens,
  cacheReadTokens: 5,
  cacheWriteTokens: 0,
  reasoningTokens: 2,
});

export interface SampleRun {
  readonly workflowId?: string;
  readonly parentRunId?: string;
  readonly turns?: number;
  readonly costUsd?: number | null;
  readonly source?: 'live' | 'recorded';
  readonly atMs?: number;
  /** Leaves the run without its last events. */
  readonly open?: boolean;
}

/** One step of model and tool calls, the way the engine writes it. Only queued: commit it yourself. */
export function appendRun(log: AuditWriter, runId: string, options: SampleRun = {}): void {
  const { workflowId = 'sample', turns = 2, costUsd = 0.25, source = 'live', open = false } = options;
  let at = options.atMs ?? startMs;
  const tick = (): number => at++;
  const tool = log.store('{"name":"files.read","description":"Reads a file."}');
  const output = log.store('{"type":"object"}');
  const frame = log.store(JSON.stringify({ model: 'openai:gpt-6-sol', settings: {}, tools: [tool], output }));
  let added = [log.store('{"role":"user","content":[{"type":"text","text":"Read the files."}]}')];
  log.append(runId, {
    type: 'run-started',
    at: tick(),
    workflowId,
    definition: log.store(`{"id":"${workflowId}"}`),
    params: { folder: 'data' },
    model: 'openai:gpt-6-sol',
    program: 'aiworkflow 0.1.0',
    ...(options.parentRunId !== undefined && { parentRunId: options.parentRunId }),
  });
  log.append(runId, {
    type: 'step-started',
    at: tick(),
    step: 'scan',
    kind: 'prompt',
    model: 'openai:gpt-6-sol',
  });
  for (let turn = 1; turn <= turns; turn++) {
    const model = { position: `scan/m${turn}`, call: 'model', name: 'openai:gpt-6-sol' } as const;
    const fingerprint = 'f'.repeat(63) + turn.toString(16).at(-1);
    log.append(runId, { type: 'call-begun', at: tick(), ...model, fingerprint, request: frame, added });
    const answer = log.store(`{"role":"assistant","parts":[],"of":"${runId}","turn":${turn}}`);
    const ended = { type: 'call-ended', status: 'ok', source, durationMs: 12.5 } as const;
    const paid: Partial<CallEnded> = { usage: usage(100, 10), costUsd, stopReason: 'tool-calls' };
    log.append(runId, { ...ended, at: tick(), position: model.position, result: answer, ...paid });
    const request = log.store(JSON.stringify({ tool: 'files.read', definition: tool, arguments: { turn } }));
    const position = `scan/t${turn}.1`;
    const call = { call: 'tool', name: 'files.read', callId: `call_${turn}`, effect: 'read' } as const;
    log.append(runId, { type: 'call-begun', at: tick(), position, ...call, fingerprint: request, request });
    const result = log.store(`{"role":"tool","content":"${'row '.repeat(300)}","turn":${turn}}`);
    log.append(runId, { ...ended, at: tick(), position, result });
    added = [answer, result];
  }
  if (open) return;
  const result = log.store('{"files":[]}');
  log.append(runId, { type: 'answer-checked', at: tick(), step: 'scan', turn: turns, accepted: true });
  log.append(runId, { type: 'step-ended', at: tick(), step: 'scan', status: 'ok', result });
  log.append(runId, { type: 'run-ended', at: tick(), status: 'ok', result });
}

/** How many events `appendRun` makes. */
export const eventsOfRun = (turns: number): number => 2 + turns * 4 + 3;
