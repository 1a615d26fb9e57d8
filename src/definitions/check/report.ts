import type { SourceLocation } from '../../domain/source-location.ts';
import type { CostUsd } from '../../domain/usage.ts';
import type { AiworkflowError, ErrorCode } from '../../errors/index.ts';
import { bareMessage } from '../problems.ts';

export interface Finding {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly location?: SourceLocation;
}

export interface StepCost {
  /** `curate/check` for a step of an inner workflow. */
  readonly step: string;
  readonly model?: string;
  readonly lowUsd: CostUsd;
  readonly highUsd: CostUsd;
  /** The figures are for one item: how many there will be is not known. */
  readonly perItem: boolean;
}

/** US dollars of one run. `null`: a price is not known, or nothing bounds the number of items. */
export interface CostRange {
  /** Every step that must run asks its model once, and gets a short answer. */
  readonly lowUsd: CostUsd;
  /** Every step uses up its limits; a budget in dollars caps it. */
  readonly highUsd: CostUsd;
  readonly steps: readonly StepCost[];
  readonly formerRuns?: {
    readonly count: number;
    readonly minUsd: number;
    readonly medianUsd: number;
    readonly maxUsd: number;
  };
}

export interface CheckReport {
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly cost: CostRange;
}

export function findingOf(error: AiworkflowError): Finding {
  return {
    code: error.code,
    message: bareMessage(error),
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.location && { location: error.location }),
  };
}
