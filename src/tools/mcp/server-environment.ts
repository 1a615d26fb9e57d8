import { delimiter, join } from 'node:path';
import type { Environment } from './interpolate.ts';

/**
 * What a program needs to start and to know its user's language; nothing that could be a key. A server gets these
 * and what its `env` names: provider keys of this process must not reach programs of others.
 */
const inherited =
  process.platform === 'win32'
    ? [
        'APPDATA',
        'COMSPEC',
        'HOMEDRIVE',
        'HOMEPATH',
        'LOCALAPPDATA',
        'PATHEXT',
        'PROCESSOR_ARCHITECTURE',
        'PROGRAMDATA',
        'PROGRAMFILES',
        'SYSTEMDRIVE',
        'SYSTEMROOT',
        'TEMP',
        'TMP',
        'USERNAME',
        'USERPROFILE',
        'WINDIR',
      ]
    : ['HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'];

export function serverEnvironment(fields: {
  readonly environment: Environment;
  readonly projectDir: string;
  readonly own: Readonly<Record<string, string>>;
}): Record<string, string> {
  const { environment, projectDir, own } = fields;
  const kept = inherited.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // A server that is a dependency of the project is found by its name, as in an npm script.
  const path = [join(projectDir, 'node_modules', '.bin'), environment['PATH']]
    .filter(Boolean)
    .join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path, ...own };
}
