import { LakeFailure } from '../lake-failure.ts';
import { openCsv } from './csv-source.ts';
import { declaredEncoding } from './declared-encoding.ts';
import { type DetectedEncoding, detectEncoding, encodingOfMark } from './detect-encoding.ts';
import { detectFormat } from './detect-format.ts';
import { type FileFacts, readFileFacts } from './file-facts.ts';
import { openJson } from './json-source.ts';
import { openNdjson } from './ndjson-source.ts';
import { openParquet } from './parquet-source.ts';
import type { FileFormat, Source, SourceOptions } from './source.ts';
import { readHead } from './text-stream.ts';
import { openXlsx } from './xlsx-source.ts';
import { openXml } from './xml-source.ts';

const headBytes = 64 * 1024;

/**
 * Opens a file with its format, encoding and dialect found out, where the options do not say.
 * @throws LakeFailure when the file is empty or is not of its format.
 */
export async function openSource(
  file: { readonly absolute: string; readonly path: string },
  options: SourceOptions,
): Promise<Source> {
  const facts = await readFileFacts(file.absolute);
  if (facts.bytes === 0)
    throw new LakeFailure(`"${file.path}" is empty (0 bytes).`, 'ask the vendor for the file again.');
  const head = await readHead(file.absolute, headBytes);
  const format = options.format ?? detectFormat(file.path, head);
  if (format === 'parquet') return openParquet(file.absolute, { facts, options });
  if (format === 'xlsx') return openXlsx(file.absolute, { facts, options });
  const encoding = encodingFor(head, { facts, options, format });
  const opening = { facts, encoding, options };
  switch (format) {
    case 'json':
      return openJson(file.absolute, opening);
    case 'ndjson':
      return openNdjson(file.absolute, opening);
    case 'xml':
      return openXml(file.absolute, opening);
    case 'csv':
      return openCsv(file.absolute, opening);
  }
}

function encodingFor(
  head: Buffer,
  { facts, options, format }: { facts: FileFacts; options: SourceOptions; format: FileFormat },
): DetectedEncoding {
  if (options.encoding === undefined) {
    return (format === 'xml' ? declaredEncoding(head, facts) : undefined) ?? detectEncoding(head, facts);
  }
  const marked = encodingOfMark(head);
  return {
    encoding: options.encoding,
    bomBytes: marked?.encoding === options.encoding ? marked.bomBytes : 0,
  };
}
