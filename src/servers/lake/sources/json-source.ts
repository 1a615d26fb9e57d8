import { LakeFailure } from '../lake-failure.ts';
import { countJsonRecords } from './count-json-records.ts';
import type { DetectedEncoding } from './detect-encoding.ts';
import type { FileFacts } from './file-facts.ts';
import { isValueObject, jsonFault, parseExactly, type Value } from './json-value.ts';
import { refuseHugeDocument, sourceOfRecords } from './record-source.ts';
import type { Source, SourceOptions } from './source.ts';
import { readWholeText } from './text-stream.ts';

/** A JSON document: the records are an array, at the top or at a path. */
export async function openJson(
  path: string,
  { facts, encoding, options }: { facts: FileFacts; encoding: DetectedEncoding; options: SourceOptions },
): Promise<Source> {
  refuseHugeDocument(facts, 'turn it into one record per line (NDJSON), which is streamed.');
  const text = (await readWholeText(path, encoding)).replace(/^\uFEFF/, '');
  const document = parse(text);
  const record_path = options.record_path ?? findRecordPath(document);
  const records = recordsAt(document, record_path);
  return sourceOfRecords(
    records.map((value, index) => ({ value, line: index + 1 })),
    {
      format: 'json',
      facts,
      options,
      shape: { encoding: encoding.encoding, record_path },
      count: () => countJsonRecords(text, record_path),
    },
  );
}

function parse(text: string): Value {
  try {
    return parseExactly(text);
  } catch (error) {
    throw new LakeFailure(
      `The file is not one JSON document: ${jsonFault(error)}.`,
      'if it holds one record per line, pass options.format "ndjson"; otherwise the feed is damaged and must be sent again.',
    );
  }
}

/** The array of objects with the most members; the document itself when there is none. */
export function findRecordPath(document: Value): string {
  let best = { path: '', records: 0 };
  const look = (value: Value, path: string, depth: number): void => {
    if (Array.isArray(value)) {
      const records = value.filter((member) => isValueObject(member)).length;
      if (records > best.records) best = { path, records };
    } else if (isValueObject(value) && depth < 6) {
      for (const [key, child] of Object.entries(value)) look(child, `${path}/${escapeKey(key)}`, depth + 1);
    }
  };
  look(document, '', 0);
  return best.path;
}

function recordsAt(document: Value, path: string): readonly Value[] {
  const segments = path
    .split('/')
    .slice(path.startsWith('/') ? 1 : 0)
    .filter((segment) => segment !== '');
  let value: Value | undefined = document;
  for (const segment of segments) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    const held: Value | undefined = value;
    value = isValueObject(held) && Object.hasOwn(held, key) ? held[key] : undefined;
    if (value === undefined) throw noSuchPath({ path, key, held });
  }
  return Array.isArray(value) ? value : [value as Value];
}

function noSuchPath({
  path,
  key,
  held,
}: {
  path: string;
  key: string;
  held: Value | undefined;
}): LakeFailure {
  const keys = isValueObject(held) ? Object.keys(held).slice(0, 20) : [];
  const offered =
    keys.length > 0
      ? `the keys there are ${keys.map((name) => `"${name}"`).join(', ')}`
      : 'there is no object';
  return new LakeFailure(
    `record_path "${path}" leads nowhere: no "${key}"; ${offered}.`,
    'leave record_path out to have it found, or write it like "/data/products".',
  );
}

function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
