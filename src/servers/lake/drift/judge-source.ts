import { LakeFailure } from '../lake-failure.ts';
import { openSource } from '../sources/open-source.ts';
import type { Source, SourceOptions } from '../sources/source.ts';
import { encodingIn, readHeadOf } from './find-reading.ts';
import { doesNotFit } from './judge-load.ts';

/**
 * Opens a file by the options of its contract, where there is one, and finds its columns with `match`.
 * @throws LakeFailure; for drift when the file cannot be read so, a column is gone, or the bytes are of another encoding.
 */
export async function openAgreed<Matched>(
  file: { readonly absolute: string; readonly path: string },
  {
    options,
    contract,
    match,
  }: {
    options: SourceOptions;
    contract: string | undefined;
    match: (source: Source) => Matched;
  },
): Promise<{ readonly source: Source; readonly matched: Matched }> {
  try {
    const source = await openSource(file, options);
    if (contract !== undefined) await requireEncoding(file.absolute, { source, options });
    return { source, matched: match(source) };
  } catch (error) {
    if (contract === undefined || !(error instanceof LakeFailure)) throw error;
    throw doesNotFit(contract, error.problem);
  }
}

/** UTF-8 that is read as windows-1252 is garbled without a single reject. */
async function requireEncoding(
  absolute: string,
  { source, options }: { source: Source; options: SourceOptions },
): Promise<void> {
  const head = await readHeadOf(absolute);
  const found = encodingIn({ head, facts: source.facts }, options);
  if (found === options.encoding) return;
  throw new LakeFailure(`the contract says ${options.encoding}, and the bytes are ${found}`);
}
