import { afterEach, describe, expect, test } from 'vitest';
import { type Message, type ToolCallPart, textOf, toolCallsOf } from '../../src/domain/message.ts';
import type { ModelRequest, ModelResponse } from '../../src/domain/model.ts';
import { addUsage, noUsage, type Usage } from '../../src/domain/usage.ts';
import { ModelError } from '../../src/errors/index.ts';
import { createModelSource } from '../../src/models/model-source.ts';
import type { ModelClient } from '../../src/ports/model-client.ts';
import { callContext } from './support/call-context.ts';
import {
  hasSharedMaterial,
  type Interaction,
  loadReplay,
  type ReplayServer,
  recordingNames,
  recordingPath,
  type WireBody,
  whySkipped,
} from './support/shared-material.ts';
import { newUserMessages, outputOf, systemOf, toolResults, toolsOf } from './support/wire-to-messages.ts';

/**
 * Where what we send differs in content from what was recorded, and why it must. Structure never differs.
 */
const contentDiffers: Record<string, string> = {
  'openai-responses/test-multimodal-tool-return-matrix-direct-url-audio-openai-responses.json':
    'the recorded client sent audio as input_file, which the API answered with 400; ours says in words that it cannot carry audio',
  'openai-responses/test-openai-responses-phase-streamed-on-part-start.json':
    'the recorded answer has typographic quotation marks, the recorded request repeats it with plain ones; ours repeats it to the letter',
};
/** Recordings that end with an error of the provider. */
const endsWithError: Record<string, string> = {
  'openai-chat/test-multimodal-tool-return-matrix-direct-binary-audio-openai-chat.json':
    'MODEL_REQUEST_INVALID',
  'openai-responses/test-multimodal-tool-return-matrix-direct-url-audio-openai-responses.json':
    'MODEL_REQUEST_INVALID',
};

let server: ReplayServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe.skipIf(!hasSharedMaterial)('recorded exchanges play through our clients', () => {
  test.each(recordingNames())('%s', async (name) => {
    const replay = await loadReplay();
    const traffic = replay.loadRecording([recordingPath(name)]);
    server = await replay.startReplayServer(traffic);
    const results = toolResults(traffic.interactions.map(({ request }) => request.body));
    let usage = noUsage;
    for (const conversation of replay.scenarioOf(traffic).conversations) {
      const steps = conversation.requests.map((n) => traffic.interactions[n - 1]!);
      const played = await play(clientFor(server, steps[0]!), steps, results);
      usage = addUsage(usage, played.usage);
      if (conversation.finalStatus === 200) expect(played.text).toBe(conversation.finalText);
      expect(played.error?.code).toBe(endsWithError[name]);
    }
    const report = server.report();
    const differences = report.diffs.map(({ level, msg }) => `${level}: ${msg}`).join('\n');
    expect(report.structure, differences).toBe(0);
    expect(report.reasoning, differences).toBe(0);
    expect(report.content > 0, differences).toBe(name in contentDiffers);
    expect(usage).toMatchObject(recordedUsage(traffic.interactions));
  });
});

test.runIf(!hasSharedMaterial)(`skipped: ${whySkipped}`, () => {
  expect(hasSharedMaterial).toBe(false);
});

interface Played {
  readonly text: string;
  readonly usage: Usage;
  readonly error?: ModelError;
}

/** The loop of a step, without the product's engine. */
async function play(
  client: Promise<ModelClient>,
  steps: readonly Interaction[],
  results: ReturnType<typeof toolResults>,
): Promise<Played> {
  const first = steps[0]!.request.body;
  const messages: Message[] = [...systemOf(first), ...newUserMessages(first)];
  const request: ModelRequest = {
    messages,
    tools: toolsOf(first),
    settings: {},
    ...(outputOf(first) && { output: outputOf(first)! }),
  };
  let usage = noUsage;
  let answer: ModelResponse | undefined;
  for (const [index, step] of steps.entries()) {
    if (index > 0) messages.push(...newUserMessages(step.request.body));
    try {
      answer = await (await client).generate(request, callContext());
    } catch (error) {
      if (error instanceof ModelError) return { text: '', usage, error };
      throw error;
    }
    usage = addUsage(usage, answer.usage);
    messages.push(answer.message);
    for (const call of toolCallsOf(answer.message)) {
      const result = results.get(call.callId) ?? results.get(itemIdOf(call));
      if (result) messages.push({ ...result, callId: call.callId, name: call.name });
    }
  }
  return { text: answer ? textOf(answer.message) : '', usage };
}

/** One of the recorded clients answered with the item's id in place of the call's. */
function itemIdOf(call: ToolCallPart): string {
  const item = call.native?.item as { id?: string } | undefined;
  return item?.id ?? '';
}

function clientFor(at: ReplayServer, { api, request }: Interaction): Promise<ModelClient> {
  const baseUrl = api === 'anthropic.messages' ? at.anthropicBaseURL : at.openaiBaseURL;
  const source = createModelSource({
    config: { providers: { replay: { api: api as 'openai.chat', baseUrl, structuredOutput: true } } },
    env: {},
  });
  return source.open(`replay:${request.body.model}`);
}

function recordedUsage(interactions: readonly Interaction[]): Partial<Usage> {
  const total = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0 };
  for (const { api, result } of interactions) {
    const usage: WireBody = result.usage ?? {};
    const cached =
      usage.cache_read_input_tokens ??
      (usage.prompt_tokens_details ?? usage.input_tokens_details)?.cached_tokens ??
      0;
    const apart =
      api === 'anthropic.messages'
        ? (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0)
        : 0;
    total.inputTokens += (usage.input_tokens ?? usage.prompt_tokens ?? 0) + apart;
    total.outputTokens += usage.output_tokens ?? usage.completion_tokens ?? 0;
    total.cacheReadTokens += cached;
  }
  return total;
}
