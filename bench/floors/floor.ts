import type { BenchContext, SetUp } from '../subject.ts';
import { openHandLog } from './hand-log.ts';
import { handLoop, type Transport } from './hand-loop.ts';

/** The hand-written loop on a transport, with a hand-written log or none. */
export function floor(
  connect: (context: BenchContext) => Promise<Transport>,
  synchronous?: 'FULL' | 'NORMAL',
): SetUp {
  return async (context) => {
    const transport = await connect(context);
    const log = synchronous && openHandLog(context.dbPath, synchronous);
    return {
      run: (id) => handLoop(context, transport, log?.rowsOf(id)),
      close: () => log?.close(),
    };
  };
}
