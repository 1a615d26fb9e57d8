// `npx aiworkflow` in a clone: npm looks into node_modules/.bin first, and links the commands of packages there, but
// not the clone's own. Without the link npx installs the clone into its cache, with warnings about the machine's Node.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const link = 'node_modules/.bin/aiworkflow';
if (process.platform !== 'win32' && !existsSync(link)) {
  mkdirSync('node_modules/.bin', { recursive: true });
  symlinkSync('../../bin/aiworkflow.mjs', link);
}
