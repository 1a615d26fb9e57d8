import { extname } from 'node:path';
import { LakeFailure } from '../lake-failure.ts';
import type { FileFormat } from './source.ts';

const byExtension: Readonly<Record<string, FileFormat>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.tab': 'csv',
  '.txt': 'csv',
  '.psv': 'csv',
  '.json': 'json',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.parquet': 'parquet',
  '.xlsx': 'xlsx',
  '.xml': 'xml',
  '.rss': 'xml',
};

/** The format that a name promises; undefined for other names. */
export function formatOfName(path: string): FileFormat | undefined {
  return byExtension[extname(path).toLowerCase()];
}

/** By content where it is unmistakable, then by name: vendors name files as they like. */
export function detectFormat(path: string, head: Buffer): FileFormat {
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet';
  if (head.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004') return 'xlsx';
  if (head.subarray(0, 4).toString('hex') === 'd0cf11e0') throw oldExcel(path);
  const text = head
    .toString('latin1')
    .replaceAll('\0', '')
    .replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '')
    .trimStart();
  if (/^<(\?xml|!DOCTYPE|!--|[A-Za-z])/.test(text)) return 'xml';
  const named = formatOfName(path);
  if (/^[[{]/.test(text) && named !== 'csv') return jsonKind(text);
  return named ?? 'csv';
}

/** A first line that is a whole object, with more after it, is NDJSON. */
function jsonKind(text: string): FileFormat {
  if (!text.startsWith('{')) return 'json';
  const [first = '', second = ''] = text.split(/\r?\n/, 2);
  return isJson(first) && second.trim() !== ''
    ? 'ndjson'
    : isJson(first) || !second.trimStart().startsWith('{')
      ? 'json'
      : 'ndjson';
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    // A question with two answers, not a failure.
    return false;
  }
}

function oldExcel(path: string): LakeFailure {
  return new LakeFailure(`"${path}" is an old binary Excel file (.xls).`, 'ask for .xlsx or CSV.');
}
