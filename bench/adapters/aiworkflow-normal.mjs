// aiworkflow with its whole audit log, synchronous=NORMAL: survives a crash of the program, not of the machine.
import { makeAdapter } from './_aiworkflow.mjs';

export const meta = {
  name: 'aiworkflow-normal',
  packages: ['aiworkflow'],
  imports: ['aiworkflow'],
  persistent: true,
};
export const setup = makeAdapter('normal');
