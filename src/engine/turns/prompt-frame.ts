import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import type { ResponseContract } from '../../domain/loaded-workflow.ts';
import type { ModelSettings } from '../../domain/model.ts';
import { modelPosition } from '../../domain/position.ts';
import type { ToolDefinition } from '../../domain/tool.ts';
import { countCharacters } from '../../domain/worst-case.ts';
import type { ModelClient } from '../../ports/model-client.ts';
import type { StepContext } from '../steps/step-context.ts';

/** Everything in a step's model requests that stays the same from turn to turn. */
export interface PromptFrame {
  readonly client: ModelClient;
  readonly tools: readonly ToolDefinition[];
  /** Hash of each tool definition, by tool name: a definition that changed is another tool. */
  readonly toolHashes: ReadonlyMap<string, Hash>;
  readonly settings: ModelSettings;
  readonly contract?: ResponseContract;
  /** Tool definitions and the answer's schema as `countCharacters` counts them: the model reads them every time. */
  readonly characters: number;
  /** The frame's own hash in the log. */
  readonly hash: Hash;
}

export interface FrameParts {
  readonly client: ModelClient;
  readonly tools: readonly ToolDefinition[];
  readonly settings: ModelSettings;
  readonly contract?: ResponseContract;
}

/** Stores the frame and what it names: a request in the log is this, plus the messages that joined since. */
export function storeFrame(step: StepContext, parts: FrameParts): PromptFrame {
  const { log } = step.run.services;
  let characters = 0;
  const store = (value: unknown): Hash => {
    const text = canonicalJson(value as Json);
    characters += countCharacters(text);
    return log.store(text);
  };
  const toolHashes = new Map(parts.tools.map((tool) => [tool.name, store(tool)]));
  const { contract } = parts;
  const hash = store({
    model: parts.client.answersAs?.(modelPosition(step.path, 1, 1)) ?? parts.client.id,
    settings: parts.settings,
    tools: [...toolHashes.values()],
    ...(contract && { output: store(contract.schema), outputName: contract.name }),
  });
  return { ...parts, toolHashes, characters, hash };
}
