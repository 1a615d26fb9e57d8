import { fileURLToPath } from 'node:url';

/** The program itself: what `server: lake` and `server: catalog` start. */
export const cliPath: string = fileURLToPath(new URL('../../bin/aiworkflow.mjs', import.meta.url));
