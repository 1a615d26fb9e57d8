import { extname } from 'node:path';
import { LakeFailure } from '../lake-failure.ts';
import { JsonCutter, type JsonVisitor } from './json-cutter.ts';
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
  if (/^[[{]/.test(text) && named !== 'csv') return jsonKind(text, named);
  return named ?? 'csv';
}

/** One document, or a record on each line: by what the head holds, and by the name where that leaves both open. */
function jsonKind(text: string, named: FileFormat | undefined): FileFormat {
  if (!text.startsWith('{')) return 'json';
  const lines = text.split(/\r?\n/);
  const isOneLine = lines.slice(1).every((line) => line.trim() === '');
  if (isOneLine) return named === 'ndjson' ? 'ndjson' : 'json';
  if (beginsDocument(text)) return 'json';
  // It may be a damaged document: of a file of records most lines are records, however damaged the others are.
  const whole = lines.slice(0, -1).filter((line) => line.trim() !== '');
  return whole.filter(isJson).length * 2 > whole.length || named === 'ndjson' ? 'ndjson' : 'json';
}

/** It is one document as far as it goes: behind a first record another one would be too much. */
function beginsDocument(text: string): boolean {
  const visitor: JsonVisitor = { at: () => 'parts', member: () => undefined, value: () => undefined };
  try {
    new JsonCutter(visitor).push(text);
    return true;
  } catch (error) {
    if (error instanceof LakeFailure) return false;
    throw error;
  }
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
