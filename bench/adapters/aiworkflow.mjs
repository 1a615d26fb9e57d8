// aiworkflow with its whole audit log, commits that survive a power cut (synchronous=FULL): the default.
import { makeAdapter } from './_aiworkflow.mjs';

export const meta = {
  name: 'aiworkflow',
  packages: ['aiworkflow'],
  imports: ['aiworkflow'],
  persistent: true,
};
export const setup = makeAdapter('full');
