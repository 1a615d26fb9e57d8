import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, writeInto } from './support/open-test-lake.ts';

const script = join(import.meta.dirname, '../../interop/run.ts');

/** A `python3` that makes an environment whose pip fails; each call of pip is a line of `calls`. */
const brokenPip = `#!/bin/sh
if [ "$1" = -c ]; then exit \${TOO_OLD:-0}; fi
mkdir -p "$3/bin"
printf '#!/bin/sh\\necho "$*" >> calls\\nexit 1\\n' > "$3/bin/python"
chmod +x "$3/bin/python"
`;

function runInterop({ python, env = {} }: { python?: string; env?: Record<string, string> }) {
  const folder = temporaryFolder();
  // No program but those that the stand-in needs.
  const path = python === undefined ? join(folder, 'none') : `${join(folder, 'bin')}:/usr/bin:/bin`;
  if (python !== undefined) {
    writeInto(folder, 'bin/python3', python);
    chmodSync(join(folder, 'bin/python3'), 0o755);
  }
  const { status, stdout } = spawnSync(process.execPath, [script], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: path, ...env },
  });
  const calls = join(folder, 'calls');
  return { status, stdout, pips: existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [] };
}

test('a pip that fails is tried three times, and then test:interop fails', () => {
  const { status, stdout, pips } = runInterop({ python: brokenPip });
  expect(pips).toHaveLength(3);
  expect(stdout).toMatch(/FAILED, nothing was compared: pip could not install .* in 3 tries/);
  expect(status).toBe(1);
});

test('a Python that is too old is a failure, and no machine without Python', () => {
  const { status, stdout } = runInterop({ python: brokenPip, env: { TOO_OLD: '1' } });
  expect(stdout).toContain('older than 3.10');
  expect(status).toBe(1);
});

test('without Python test:interop is skipped aloud, unless it is required', () => {
  const skipped = runInterop({});
  expect(skipped.stdout).toBe(
    '!!! SKIPPED: no engine read anything, for there is no python3 on this machine.\n',
  );
  expect(skipped.status).toBe(0);
  const required = runInterop({ env: { AIWORKFLOW_INTEROP: 'required' } });
  expect(required.stdout).toContain('FAILED (AIWORKFLOW_INTEROP=required)');
  expect(required.status).toBe(1);
});
