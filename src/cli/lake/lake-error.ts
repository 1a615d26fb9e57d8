import { AiworkflowError } from '../../errors/base.ts';

/** A change of the lake that failed, or a look at it, for the person who asked for it. */
export class LakeError extends AiworkflowError {}
