import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Json } from '../../domain/json.ts';
import type { StepPath } from '../../domain/position.ts';
import type { Past } from '../../engine/journal/past.ts';
import { AiworkflowError } from '../../errors/index.ts';

/** Watches a program that repeats a recorded run: what its code does otherwise must not pass for a replay. */
export interface RepeatedProgram {
  begins(step: StepPath): void;
  failed(error: unknown): void;
  /** Throws the first divergence: one that the program has caught, a step that it left out, another result. */
  requireSame(result: Json): void;
}

export function repeatedProgram(past: Past | undefined): RepeatedProgram {
  const begun = new Set<StepPath>();
  let divergence: AiworkflowError | undefined;
  return {
    begins: (step) => void begun.add(step),
    failed(error) {
      if (past && AiworkflowError.is(error) && endsReplay.has(error.code)) divergence ??= error;
    },
    requireSame(result) {
      if (!past) return;
      if (divergence) throw divergence;
      const left = [...past.steps.keys()].find((step) => !begun.has(step));
      if (left !== undefined) throw leftOut(past, left);
      if (past.ended && past.ended.status !== 'ok') throw otherEnd(past);
      const then = past.ended?.result;
      if (then !== undefined && past.load(then) !== canonicalJson(result)) throw otherResult(past);
    },
  };
}

const endsReplay: ReadonlySet<string> = new Set(['REPLAY_DIVERGED', 'REPLAY_ENDED']);

function leftOut({ runId }: Past, step: StepPath): AiworkflowError {
  return new AiworkflowError({
    code: 'REPLAY_DIVERGED',
    message: `The program has ended, and did not run step "${step}", which the recorded run ${runId} ran.`,
    hint: 'the code decides otherwise now, or by something that is not in the log (a clock, a random number, a file).',
    details: { position: step, step },
  });
}

function otherEnd({ runId, ended }: Past): AiworkflowError {
  return new AiworkflowError({
    code: 'REPLAY_DIVERGED',
    message: `The program ends well now, and the recorded run ${runId} ended ${ended?.status}: ${ended?.error?.message ?? ''}`,
    hint: 'the code decides otherwise now, or catches what it did not catch then.',
    details: { position: '', step: '' },
  });
}

function otherResult({ runId }: Past): AiworkflowError {
  return new AiworkflowError({
    code: 'REPLAY_DIVERGED',
    message: `Every step came to the same, and the program returns something else than run ${runId} did.`,
    hint: `\`aiworkflow show ${runId} --result\` shows what it returned then.`,
    details: { position: '', step: '' },
  });
}
