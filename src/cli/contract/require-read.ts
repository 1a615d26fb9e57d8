import { throwProblems } from '../../metadata/problem.ts';
import type { ReadFile } from './read-document.ts';

/** What comes into force must be right; what was in force is only compared with. Throws DocumentError. */
export function requireRead({ problems }: ReadFile): void {
  throwProblems(problems);
}
