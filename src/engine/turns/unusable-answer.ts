import { toolCallsOf } from '../../domain/message.ts';
import type { ModelResponse } from '../../domain/model.ts';
import { AnswerError, ModelError } from '../../errors/index.ts';
import { showStep } from '../steps/show-hint.ts';
import type { StepContext } from '../steps/step-context.ts';

/** The error for words that must never pass for data, however well they parse. */
export function unusable(
  step: StepContext,
  answer: Pick<ModelResponse, 'message' | 'stopReason' | 'stopDetail'>,
): AnswerError | ModelError | undefined {
  const detail = answer.stopDetail ? `: ${answer.stopDetail}` : '.';
  if (answer.stopReason === 'refusal')
    return new AnswerError({
      code: 'MODEL_REFUSED',
      message: `The model declined to answer step "${step.path}"${detail}`,
      hint: `${showStep(step.path)} shows its words. Another wording or another model may do.`,
    });
  if (answer.stopReason === 'content-filter')
    return new AnswerError({
      code: 'MODEL_CONTENT_FILTERED',
      message: `The provider withheld the answer of step "${step.path}"${detail}`,
      hint: `${showStep(step.path)} shows what was sent.`,
    });
  if (answer.stopReason === 'context-overflow')
    return new ModelError({
      code: 'MODEL_CONTEXT_OVERFLOW',
      message: `The conversation of step "${step.path}" fills the model's context window.`,
      hint: 'Lower limits.toolResultBytes, split the step with forEach, or choose a model with a larger window.',
    });
  if (answer.stopReason === 'length' && toolCallsOf(answer.message).length === 0)
    return new AnswerError({
      code: 'ANSWER_TRUNCATED',
      message: `The answer of step "${step.path}" was cut off by its output limit.`,
      hint: 'Raise settings.maxOutputTokens, or ask for less at once (forEach).',
    });
  return undefined;
}
