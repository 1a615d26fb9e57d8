import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

// About 20 s: it starts some fifty processes.
test('our client passes the client scenarios of the MCP conformance suite', {
  timeout: 180_000,
}, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'run.ts')]).catch(
    (failure: { stdout: string }) => failure,
  );
  expect(stdout).toMatch(/conformance: ok\s*$/);
});
