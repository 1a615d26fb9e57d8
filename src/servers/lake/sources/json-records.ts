import type { DetectedEncoding } from './detect-encoding.ts';
import { brokenJson, JsonCutter, type JsonVisitor, longestJsonRecord } from './json-cutter.ts';
import { jsonFault, parseExactly, type Value } from './json-value.ts';
import type { CutValue } from './running-json-value.ts';
import { decodeLoosely, isBytewise, readText } from './text-stream.ts';

export interface JsonFile {
  readonly path: string;
  readonly encoding: DetectedEncoding;
}

/** Sends the whole document through a cutter; gives control back after each piece of text. */
export async function* cutJsonFile(file: JsonFile, visitor: JsonVisitor): AsyncGenerator<void> {
  const cutter = new JsonCutter(visitor, { spell: (text) => decodeLoosely(text, file.encoding.encoding) });
  let isFirst = true;
  for await (const text of readText(file.path, file.encoding)) {
    cutter.push(isFirst ? text.replace(/^(\uFEFF|\u00EF\u00BB\u00BF)/, '') : text);
    isFirst = false;
    yield;
  }
  cutter.end();
  yield;
}

/** @throws LakeFailure when it is no JSON: then the document is damaged, and where its records are cannot be known. */
export function parseCut(value: CutValue, { encoding }: DetectedEncoding): Value {
  try {
    return parseExactly(decodeLoosely(value.text, encoding));
  } catch (error) {
    const fault = jsonFault(error);
    const within = /character (\d+)/.exec(fault)?.[1];
    throw brokenJson(
      within === undefined ? fault : `not valid JSON at character ${value.offset + Number(within)}`,
    );
  }
}

export function byteOffsetOf(value: CutValue, { encoding, bomBytes }: DetectedEncoding): number {
  return bomBytes + value.offset * (isBytewise(encoding) ? 1 : 2);
}

export const tooLargeFault = {
  reason: 'record_too_large',
  detail: `the record is longer than ${longestJsonRecord / 1024 / 1024} MiB; only its start is kept`,
};
