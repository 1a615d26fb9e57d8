import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openAuditLog } from '../../../src/audit/sqlite/index.ts';
import type { AuditEvent } from '../../../src/domain/events.ts';
import {
  type Asked,
  type ChatProvider,
  type ChatReply,
  startChat,
} from '../../swap/support/chat-provider.ts';
import { createProject, type Project } from './project.ts';
import { type CliResult, runCli } from './run-cli.ts';

/** A workflow with everything that a replay or a fork can meet: a loop, a branch that books, an inner workflow. */
export const tourFile = `id: tour
params:
  who: { type: string, default: Ada }
  cities: { type: array, default: [Rome, Oslo] }
  fewer: { type: array, default: [Rome] }
  more: { type: array, default: [Rome, Oslo, Bern] }
  ledger: { type: string }
tools: [desk]
steps:
  - id: plan
    prompt: 'Plan for {{ params.who }}.'
    tools: [desk.add]
    response: { n: integer }
  - id: visit
    forEach: '{{ params.cities }}'
    as: city
    concurrency: 1
    prompt: 'Visit {{ city }} {{ plan.response.n }} times.'
  - id: book
    call: desk.book
    arguments: { file: '{{ params.ledger }}', ms: 0 }
  - id: refine
    until: '{{ eq round 2 }}'
    prompt: 'Refine {{ visit.response }}, round {{ round }}.'
  - id: checked
    workflow: check
    params: { text: '{{ refine.text }}' }
  - id: sum
    needs: [book]
    prompt: 'Sum up {{ checked.response }}.'
result: '{{ sum.text }}'
`;

const checkFile = `id: check
params:
  text: { type: string }
steps:
  - id: read
    prompt: 'Read {{ params.text }}.'
result: '{{ read.text }}'
`;

const deskServer = fileURLToPath(new URL('./desk-server.mjs', import.meta.url));

export interface Tour extends Project {
  readonly chat: ChatProvider;
  cli(...args: string[]): Promise<CliResult>;
  /** The tour with a change, once. */
  change(from: string | RegExp, to: string): void;
  restore(): void;
  /** Runs the tour and gives its id. */
  run(...args: string[]): Promise<string>;
  /** The ids of all runs, oldest first. */
  runIds(): Promise<string[]>;
  events(runId: string): AuditEvent[];
  /** How often something was booked. */
  booked(): number;
  close(): Promise<void>;
}

export async function openTour(): Promise<Tour> {
  const chat = await startChat(answer);
  const project = createProject({
    'workflows/tour.yaml': tourFile,
    'workflows/check.yaml': checkFile,
  });
  const { dir, write } = project;
  const config = (rest = '') => `model: local:a
providers:
  local: { api: openai.chat, baseUrl: "${chat.url}", structuredOutput: true }
tools:
  desk:
    command: ${process.execPath}
    args: [${deskServer}]
${rest}`;
  write('aiworkflow.yaml', config());
  const ledger = join(dir, 'ledger.txt');
  const cli = (...args: string[]) => runCli(args, { cwd: dir });
  const lastLine = ({ stdout }: CliResult) =>
    JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { runId: string };
  return {
    ...project,
    chat,
    cli,
    change(from, to) {
      const text = tourFile.replace(from, to);
      if (text === tourFile) throw new Error(`nothing to change: ${String(from)}`);
      write('workflows/tour.yaml', text);
    },
    restore() {
      write('workflows/tour.yaml', tourFile);
      write('workflows/check.yaml', checkFile);
      write('aiworkflow.yaml', config());
    },
    async run(...args) {
      const result = await cli('run', 'tour', '--json', '--param', `ledger=${ledger}`, ...args);
      if (result.code !== 0) throw new Error(result.stdout + result.stderr);
      return lastLine(result).runId;
    },
    async runIds() {
      const { stdout } = await cli('runs', '--json', '--limit', '500');
      const rows = stdout.trim().startsWith('[')
        ? (JSON.parse(stdout) as { runId: string }[])
        : stdout
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as { runId: string });
      return rows.map(({ runId }) => runId).reverse();
    },
    events(runId) {
      const log = openAuditLog({ file: join(dir, '.aiworkflow/audit.db'), durability: 'normal' });
      try {
        return [...log.events(runId)];
      } finally {
        log.close();
      }
    },
    booked: () => (existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n').length : 0),
    async close() {
      await chat.close();
      project.remove();
    },
  };
}

/** The same words for the same prompt; model `b` says everything in its own way, and adds other numbers. */
function answer({ model, prompt, results, tools }: Asked): ChatReply {
  const [tool] = tools;
  if (prompt.includes('Plan') || prompt.includes('plan')) {
    if (tool !== undefined && results.length === 0)
      return { tool, arguments: model === 'c' ? { a: 40, b: 2 } : { b: 2, a: 1 } };
    return { json: { n: Number(results[0] ?? 7) } };
  }
  return {
    text: `${model === 'a' ? '' : `${model} says: `}${prompt.replaceAll(/<\/?data[^>]*>/g, '').slice(0, 60)}`,
  };
}
