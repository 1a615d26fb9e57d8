import type { Load } from '../../lineage/answer.ts';
import { counted } from '../render/counts.ts';

/** `line 17 of verdalia.csv (sha256 …, vendor Verdalia)`, and below it the text of the line. */
export function originWords(load: Load): string {
  const { file, sha256, vendor, line, source } = load;
  const place = line === undefined ? file : `line ${line} of ${file}`;
  const of = vendor === undefined ? '' : `, vendor ${vendor}`;
  const raw = source?.raw === undefined ? [] : [source.raw.trimEnd()];
  const state =
    source && source.state !== 'same' ? [`(${source.note ?? `the file is ${source.state}`})`] : [];
  return [`${place} (sha256 ${sha256.slice(0, 12)}${of})${loadedWords(load)}`, ...raw, ...state].join('\n');
}

function loadedWords({ line, rowsRead, rowsLoaded = 0 }: Load): string {
  if (line !== undefined || rowsRead === undefined) return '';
  return `, ${counted(rowsLoaded, 'row')} of ${rowsRead} loaded`;
}
