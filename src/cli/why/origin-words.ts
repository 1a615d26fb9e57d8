import type { Explanation, Load } from '../../lineage/answer.ts';
import { counted } from '../render/counts.ts';
import { recordPlace } from '../render/record-place.ts';
import { shown } from './page-options.ts';
import { inputsOf } from './rule-chain.ts';

/** The files at the ends of the chain: with the line and its text where the row is known. Each once. */
export function originsOf(explanation: Explanation): string[] {
  const found = [...new Set(originsBehind(explanation))];
  const hint = found.length === 0 ? hintOf(explanation) : undefined;
  return hint === undefined ? found : [hint];
}

function originsBehind({ writers, furtherWriters }: Explanation): string[] {
  const loads = writers.flatMap(({ load }) => (load ? [load] : []));
  const [newest] = loads;
  const further = writers
    .filter(({ load }) => !load)
    .flatMap(inputsOf)
    .flatMap(originsBehind);
  if (!newest) return further;
  const files = loads.length + furtherWriters;
  return [files === 1 ? originWords(newest) : manyWords(newest, loads, files), ...further];
}

/** `line 17 of verdalia.csv (sha256 …, vendor Verdalia), unchanged`, and below it the text of the line. */
function originWords(load: Load): string {
  const { file, line, source } = load;
  const place = line === undefined ? '' : `${recordPlace(line, { file, format: source?.format })} of `;
  const raw = source?.raw === undefined ? [] : [source.raw.trimEnd()];
  const same = source?.state === 'same' ? '; the file is unchanged' : '';
  const state =
    source && source.state !== 'same' ? [`(${source.note ?? `the file is ${source.state}`})`] : [];
  const note = source?.state === 'same' && source.note !== undefined ? [`(${source.note})`] : [];
  return [`${place}${fileWords(load)}${loadedWords([load], line)}${same}`, ...raw, ...state, ...note].join(
    '\n',
  );
}

/** A table that many files were loaded into: one line, the newest is named. */
function manyWords(newest: Load, loads: readonly Load[], files: number): string {
  // Of those that are not told the rows are not known here.
  const rows = files === loads.length ? loadedWords(loads, undefined) : '';
  const others = loads.filter(({ source }) => source && source.state !== 'same').length;
  const state = others === 0 ? '' : `; ${others} of them changed or went since`;
  return `${fileWords(newest)} and ${counted(files - 1, 'earlier file')}${rows}${state}`;
}

function fileWords({ file, sha256, vendor }: Load): string {
  return `${file} (sha256 ${sha256.slice(0, 12)}${vendor === undefined ? '' : `, vendor ${vendor}`})`;
}

function loadedWords(loads: readonly Load[], line: number | undefined): string {
  const counts = loads.filter(({ rowsRead }) => rowsRead !== undefined);
  if (line !== undefined || counts.length === 0) return '';
  const sum = (count: (load: Load) => number | undefined): number =>
    counts.reduce((total, load) => total + (count(load) ?? 0), 0);
  return `, ${counted(
    sum(({ rowsLoaded }) => rowsLoaded),
    'row',
  )} of ${sum(({ rowsRead }) => rowsRead)} loaded`;
}

/** A table's own columns say what its SQL put there: no more than a hint, and only where no row behind it was found. */
function hintOf({ row }: Explanation): string | undefined {
  const [file, line] = [row?.values['source_file'], row?.values['source_line']];
  if (typeof file !== 'string') return undefined;
  const place =
    line === undefined || line === null ? file : `${recordPlace(shown(line), { file })} of ${file}`;
  return `not known: no row behind it was found (its own column source_file says ${place})`;
}
