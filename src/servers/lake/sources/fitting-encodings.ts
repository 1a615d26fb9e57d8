import { legacyWords } from './legacy-words.ts';
import { isPlausible } from './plausible-word.ts';
import { type Encoding, encodings } from './source.ts';
import { decodeExactly } from './text-stream.ts';

/** What speaks against windows-1252 in a file that is not in UTF-8. */
export interface EncodingDoubt {
  /** Words with letters outside of ASCII that were looked at, and those that nobody writes so. */
  readonly words: number;
  readonly odd: number;
  /** Encodings in which most of them are words, the best first. */
  readonly fits: readonly Encoding[];
}

/** So many odd words are a brand's name or a slip. */
const forgivenWords = 1;
const forgivenShare = 0.1;
/** The euro of iso-8859-15 is a sign in windows-1252 that nobody writes. */
const euroElsewhere = '¤';
const leastFit = 0.85;
const mostFits = 3;

/** Undefined: it may well be windows-1252. */
export async function doubtWindows1252(file: string): Promise<EncodingDoubt | undefined> {
  const words = await legacyWords(file);
  const odd = words.length - plausibleIn(words, 'windows-1252');
  const isForgiven = odd <= forgivenWords || odd <= words.length * forgivenShare;
  if (isForgiven && !words.some((word) => word.includes(euroElsewhere))) return undefined;
  return { words: words.length, odd, fits: fittingEncodings(words) };
}

function fittingEncodings(words: readonly string[]): readonly Encoding[] {
  const leastWords = words.length * leastFit;
  const fitting = encodings
    .filter((encoding) => !encoding.startsWith('utf-') && !asWindows.has(encoding))
    .map((encoding) => ({ encoding, fit: plausibleIn(words, encoding) }))
    .filter(({ encoding, fit }) => fit >= leastWords && isOfItsLetters(words, encoding))
    .map(({ encoding, fit }) => ({ encoding, weight: fit * (1 + lowerShare(words, encoding)) }))
    .sort((a, b) => b.weight - a.weight);
  const best = fitting[0]?.weight ?? 0;
  return fitting
    .filter(({ weight }) => weight > best * 0.9)
    .slice(0, mostFits)
    .map(({ encoding }) => encoding);
}

/** Read as their cousins of Windows, which are named instead. */
const asWindows = new Set<Encoding>(['windows-1252', 'iso-8859-1', 'iso-8859-9', 'iso-8859-11', 'gb18030']);

function plausibleIn(words: readonly string[], encoding: Encoding): number {
  const languages = encoding === 'windows-1252' ? 'western' : 'any';
  return words.filter((word) => {
    const text = decodeExactly(word, encoding);
    return text !== undefined && isPlausible(text, languages);
  }).length;
}

/** Text is in small letters for the most part: in a wrong encoding of the same script it is not. */
function lowerShare(words: readonly string[], encoding: Encoding): number {
  const text = textOf(words, encoding);
  const [lower, cased] = [countOf(text, /\p{Ll}/gu), countOf(text, /[\p{Ll}\p{Lu}]/gu)];
  return cased === 0 ? 1 : lower / cased;
}

/** East Asian encodings hold each other's bytes; which letters are frequent tells them apart. */
function isOfItsLetters(words: readonly string[], encoding: Encoding): boolean {
  const text = textOf(words, encoding);
  const letters = countOf(text, /\p{L}/gu);
  const share = (kind: RegExp): number => countOf(text, kind) / Math.max(1, letters);
  switch (encoding) {
    case 'shift_jis':
    case 'euc-jp':
      return share(/[\p{Script=Hiragana}\p{Script=Katakana}ー]/gu) > 0.1;
    case 'euc-kr':
      return share(/\p{Script=Hangul}/gu) > 0.9;
    case 'gbk':
      return share(/\p{Script=Han}/gu) > 0.8 && leadShare(words, [0xb0, 0xd7]) > 0.7 && !isKorean(words);
    case 'big5':
      return share(/\p{Script=Han}/gu) > 0.8 && leadShare(words, [0xa4, 0xc6]) > 0.7;
    default:
      return true;
  }
}

function isKorean(words: readonly string[]): boolean {
  return isOfItsLetters(words, 'euc-kr') && plausibleIn(words, 'euc-kr') >= words.length * leastFit;
}

/** Share of the letters of two bytes that begin with one of these: the frequent signs come first in both tables. */
function leadShare(words: readonly string[], [low, high]: readonly [number, number]): number {
  const leads = words.flatMap((word) => word.match(/[\u0080-\u00FF][\s\S]/g) ?? []);
  const frequent = leads.filter((pair) => pair.charCodeAt(0) >= low && pair.charCodeAt(0) <= high);
  return frequent.length / Math.max(1, leads.length);
}

/** Letters outside of ASCII, which are those that differ. */
function textOf(words: readonly string[], encoding: Encoding): string {
  const text = words.map((word) => decodeExactly(word, encoding) ?? '').join(' ');
  return text.replaceAll(/\p{ASCII}/gu, ' ');
}

function countOf(text: string, kind: RegExp): number {
  return text.match(kind)?.length ?? 0;
}
