import type { AuditFile } from '../../audit/sqlite/index.ts';
import type { ContractFile } from '../../definitions/index.ts';
import type { ResponseContract } from '../../domain/loaded-workflow.ts';
import { checkAnswer } from '../../engine/turns/check-answer.ts';
import { describeIssues } from '../../engine/turns/describe-issues.ts';
import type { SchemaValidator } from '../../ports/schema-validator.ts';
import { type AcceptedAnswer, acceptedAnswers, stepOf, type Wanted } from './accepted-answers.ts';

/** What `aiworkflow check --contract --json` prints. */
export interface ContractCheck {
  readonly contract: string;
  /** Answers that were looked at, without the redacted ones. */
  readonly answers: number;
  readonly passed: number;
  /** Newest first. */
  readonly failed: readonly BrokenAnswer[];
  /** Answers whose texts were taken out of the log. */
  readonly redacted: number;
  readonly runs: number;
  readonly steps: readonly string[];
}

export interface BrokenAnswer {
  readonly runId: string;
  readonly step: string;
  readonly issues: readonly string[];
}

export interface ContractQuestion {
  readonly file: ContractFile;
  readonly count: number;
  readonly schemas: SchemaValidator;
  /** Only answers of this workflow, and of this step: then it does not matter which contract it had. */
  readonly workflowId?: string;
  readonly step?: string;
}

/** Holds the newest accepted answers of the steps that had this contract against the contract as it is now. */
export async function checkContract(log: AuditFile, question: ContractQuestion): Promise<ContractCheck> {
  const { file, count, workflowId } = question;
  const answers = acceptedAnswers(log, {
    count,
    wanted: wantedBy(question),
    ...(workflowId !== undefined && { workflowId }),
  });
  const readable = answers.filter(({ answer }) => answer !== undefined);
  const failed: BrokenAnswer[] = [];
  for (const answer of readable) {
    const issues = await issuesOf(answer, question);
    if (issues.length > 0) failed.push({ runId: answer.runId, step: answer.step, issues });
  }
  return {
    contract: file.file,
    answers: readable.length,
    passed: readable.length - failed.length,
    failed,
    redacted: answers.length - readable.length,
    runs: new Set(answers.map(({ runId }) => runId)).size,
    steps: [...new Set(answers.map(({ ids }) => ids.join('/')))].sort(),
  };
}

function wantedBy({ file, step }: ContractQuestion): Wanted {
  return ({ workflowId, ids, definition }) => {
    if (!contractNow(file, ids)) return false;
    if (definition !== undefined && fileOfContract(definition) === file.file) return isNamed(ids, step);
    // Another contract, or none, stood there: then the step must be named, and be the one that is meant.
    const ofFile = file.kind === 'contract' || file.workflow.id === workflowId;
    return step !== undefined && ofFile && isNamed(ids, step);
  };
}

const isNamed = (ids: readonly string[], step: string | undefined): boolean =>
  step === undefined || step === ids.join('/') || step === ids.at(-1);

/** The contract of a step as the file says now. */
function contractNow(file: ContractFile, ids: readonly string[]): ResponseContract | undefined {
  if (file.kind === 'contract') return file.contract;
  // A workflow that another one runs has its steps behind the other's.
  const found = ids.map((_, index) => stepOf(file.workflow, ids.slice(index))).find(Boolean);
  return found && 'response' in found ? found.response : undefined;
}

/** `prompts/scan.prompt:4:3` -> `prompts/scan.prompt`. */
function fileOfContract(step: NonNullable<AcceptedAnswer['definition']>): string | undefined {
  return 'response' in step ? step.response?.source.replace(/:\d+:\d+$/, '') : undefined;
}

async function issuesOf(
  { ids, kind, answer }: AcceptedAnswer,
  { file, schemas }: ContractQuestion,
): Promise<readonly string[]> {
  const contract = contractNow(file, ids);
  if (!contract || !answer) return [];
  if (kind === 'call')
    return describeIssues(schemas.compile(contract.schema).validate(answer.response), '(the whole)');
  const verdict = await checkAnswer(answer.text, { contract }, schemas);
  return verdict.accepted ? [] : verdict.issues;
}
