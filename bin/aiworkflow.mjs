#!/usr/bin/env node
// Plain JavaScript that Node 18 can parse, and nothing of ours imported before the check: an old Node must reach it.
// On Node 20 the SQLite driver ends the process without a word.
import { existsSync } from 'node:fs';
import { relative } from 'node:path';

const needed = [22, 18];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  refuse();
} else {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache?.();
  const { main } = await import('../dist/bundle/main.js').catch(explainMissingBuild);
  process.exitCode = await main(process.argv.slice(2));
}

function refuse() {
  const own = 'node_modules/node/bin/node';
  const path = relative('.', process.argv[1] ?? 'aiworkflow');
  const script = /\s/.test(path) ? `'${path}'` : path;
  console.error(
    `Error: aiworkflow needs Node >= ${needed.join('.')}, and this is v${process.versions.node} (${process.execPath}). [NODE_TOO_OLD]`,
  );
  console.error(
    existsSync(own)
      ? `Try: npx aiworkflow … in this folder takes the Node that is installed beside the project, or call it yourself: ${own} ${script} …`
      : 'Try: npm install --save-dev node@24, then npx aiworkflow …; or install a newer Node from https://nodejs.org.',
  );
  process.exitCode = 2;
}

/** A clone that was never built; any other failure is a defect and keeps its stack. */
function explainMissingBuild(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || existsSync(new URL('../dist/bundle/main.js', import.meta.url)))
    throw error;
  console.error('Error: aiworkflow is not built: there is no dist/bundle/main.js. [FILE_NOT_FOUND]');
  console.error('Try: npm run build');
  process.exit(2);
}
