import { explainFailure, IcebergError } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';

/** The one place where a failure of the tables' format becomes one that a model is told. */
export async function tellIcebergFailures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw told(error);
  }
}

/** A disk that is full may be met outside of the tables as well: by the copies of a large CSV, by a spill. */
function told(error: unknown): unknown {
  if (IcebergError.is(error)) return toLakeFailure(error);
  const isSystems = typeof (error as NodeJS.ErrnoException | undefined)?.syscall === 'string';
  const explained = isSystems ? explainFailure(error, '') : error;
  return IcebergError.is(explained, 'NO_SPACE') ? toLakeFailure(explained) : error;
}

function toLakeFailure({ code, message, hint }: IcebergError): LakeFailure {
  const text = withoutPaths(message);
  return new LakeFailure(text, hint === undefined ? remedies[code] : withoutPaths(hint));
}

/** Places of this machine are no concern of a model, and differ from machine to machine. */
export function withoutPaths(text: string): string {
  return text.replaceAll(
    /(?:file:)?(?:\/\/)?(?:\/[\w.@+~=-]+){2,}/g,
    (path) => `<warehouse>/${path.split('/').at(-1)}`,
  );
}

const remedies: Partial<Record<IcebergError['code'], string>> = {
  CONFLICT: 'another writer changed the table meanwhile: call again.',
  IN_DOUBT: 'call again: what was written is found and not written twice.',
  DAMAGED: 'a person must look at the warehouse: a file of the table is missing or broken.',
  MOVED:
    'its folder was moved or copied: a person runs aiworkflow lake relocate, with --warehouse and this folder.',
};
