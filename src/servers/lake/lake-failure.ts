/**
 * A failure that the model can mend: it becomes an `isError` result, never a crash of the server.
 * `problem` says what is wrong, `remedy` what to do about it.
 */
export class LakeFailure extends Error {
  readonly problem: string;
  readonly remedy: string | undefined;

  constructor(problem: string, remedy?: string) {
    super(remedy === undefined ? problem : `${problem}\nTry: ${remedy}`);
    this.name = 'LakeFailure';
    this.problem = problem;
    this.remedy = remedy;
  }
}
