import { createRuntime, type Runtime } from '../runtime.ts';

let shared: Promise<Runtime> | undefined;

/** The runtime of programs that make none: the project in the working directory, opened at the first call. */
export function defaultRuntime(): Promise<Runtime> {
  shared ??= createRuntime().catch((error: unknown) => {
    shared = undefined; // a project that is mended can be tried again in the same process
    throw error;
  });
  return shared;
}
