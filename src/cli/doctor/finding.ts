export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly what: string;
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** A look at one thing. What it throws is a failure of that thing, not of the doctor. */
export interface Examination {
  readonly what: string;
  examine(): Promise<readonly Omit<Finding, 'what'>[]>;
}
