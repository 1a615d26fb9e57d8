import type { AuditLog } from '../../audit/sqlite/index.ts';
import { LogError } from '../../errors/index.ts';

/** The log of a command that runs nothing: it makes no file, and refuses what must not happen without one. */
export const noLog: AuditLog = {
  store: refuse,
  append: refuse,
  appendCharged: async () => refuse(),
  commit: async () => refuse(),
  events: () => [],
  load: () => undefined,
  claim: refuse,
  release: () => undefined,
  isHeld: () => false,
  close: () => undefined,
};

function refuse(): never {
  throw new LogError({
    code: 'LOG_UNWRITABLE',
    message: 'This command keeps no log, so it may run nothing.',
  });
}
