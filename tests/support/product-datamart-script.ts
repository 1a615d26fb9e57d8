import type { AssistantMessage } from '../../src/domain/message.ts';
import type { ModelRequest } from '../../src/domain/model.ts';
import { answerDatamart } from './scripted-feeds/answer-datamart.ts';
import { dayOne, dayTwo } from './scripted-feeds/vendor-days.ts';

/**
 * A model for `workflows/product-datamart.yaml` on `data/vendors`, written by hand: it makes the tool calls and gives the
 * answers that a good model would, and takes every count from what the tools really said. `position` is the
 * call's place, such as `mapping[2]/m3`.
 */
export function answerProductDatamart(request: ModelRequest, position: string): AssistantMessage {
  return answerDatamart(dayOne(), { request, position });
}

/** The same model on `data/day-two`. */
export function answerDayTwo(request: ModelRequest, position: string): AssistantMessage {
  return answerDatamart(dayTwo, { request, position });
}
