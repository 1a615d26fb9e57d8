/**
 * Letters outside of ASCII that languages write their words with. A word that no language could write was read in a wrong
 * encoding: `Pøíliš` has letters of three.
 */
const westernAlphabets = [
  'äöüßéèêàâçôñë', // German, with the words that it has taken over
  'àâäçéèêëîïôöûùüÿœæ', // French
  'áéíóúüñïçºª', // Spanish
  'áàâãçéêíóôõúüºª', // Portuguese
  'àèéìîòùºª', // Italian
  'àçéèíïóòúü', // Catalan
  'åäöæøéèêëüáàóôò', // Danish, Norwegian, Swedish
  'äöåšžõü', // Finnish, Estonian
  'áðéíóúýþæö', // Icelandic
  'éèêëïíóöüáâîôûà', // Dutch, Afrikaans
  'áéíóúâêîôûŵŷäëïöü', // Irish, Welsh
].map((letters) => new Set(letters));
const otherAlphabets = [
  'áčďéěíňóřšťúůýž', // Czech
  'áäčďéíľĺňóôŕšťúýž', // Slovak
  'ąćęłńóśźż', // Polish
  'áéíóöőúüű', // Hungarian
  'čćđšž', // Croatian, Slovenian
  'ăâîșțşţ', // Romanian
  'çğıöşüâîûi̇', // Turkish
  'āčēģīķļņšūžōŗ', // Latvian
  'ąčęėįšųūž', // Lithuanian
  'ëçâêîôûáéíóúàèìòù', // Albanian
  'ċġħż', // Maltese
  'ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ', // Vietnamese
].map((letters) => new Set(letters));
const cyrillicAlphabets = [
  'абвгдежзийклмнопрстуфхцчшщъыьэюяё', // Russian, Bulgarian
  'абвгґдеєжзиіїйклмнопрстуфхцчшщьюяў', // Ukrainian, Belarusian
  'абвгдежзијклљмнњопрстћуфхцчџшђѓќѕ', // Serbian, Macedonian
].map((letters) => new Set(letters));

const latin = /^[\p{Script=Latin}µªº]+$/u;
const otherScripts: readonly (readonly [RegExp, readonly ReadonlySet<string>[] | undefined])[] = [
  [latin, [...westernAlphabets, ...otherAlphabets]],
  [/^\p{Script=Cyrillic}+$/u, cyrillicAlphabets],
  [/^\p{Script=Greek}+$/u, undefined],
  [/^\p{Script=Hebrew}+$/u, undefined],
  [/^\p{Script=Arabic}+$/u, undefined],
  [/^\p{Script=Thai}+$/u, undefined],
  [/^\p{Script=Hangul}+$/u, undefined],
  [/^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ーa-zA-Z]+$/u, undefined],
];

const westernScripts: typeof otherScripts = [[latin, westernAlphabets]];

/** Signs that hardly a text holds, and letters of several encodings become in another one. */
const oddSigns = /[\u0080-\u009F\uFFFD\uE000-\uF8FF¤¦¨¬¯¸ƒˆ˜†‡\u2500-\u259F\uFF61-\uFF9F]/u;
/** Any other sign than a quote, a dash or a soft hyphen between two letters. */
const signInWord = /[\p{L}\p{M}](?![-’‘´`·–—…\u00AD])[^\p{ASCII}\p{L}\p{M}²\s][\p{L}\p{M}]/u;
const capitalInWord = /(?![µß])\p{Ll}\p{Lu}/u;
const markWithoutLetter = /(?:^|[^\p{L}\p{M}])\p{M}|[^\u0E01-\u0E2E\p{M}][\u0E31\u0E34-\u0E3A\u0E47-\u0E4E]/u;
/** Letters with another form at the end of a word; two accents in a Greek word. */
const endInWord = /[ךםןףץ](?=\p{Script=Hebrew})|ς(?=\p{Script=Greek})|[άέήίόύώ]\p{Script=Greek}*[άέήίόύώ]/u;

/** Whether somebody could have written that; `western`: in one of the languages that windows-1252 is for. */
export function isPlausible(text: string, languages: 'western' | 'any'): boolean {
  if (oddSigns.test(text) || signInWord.test(text)) return false;
  if (markWithoutLetter.test(text) || endInWord.test(text)) return false;
  const words = text.normalize('NFC').match(/[\p{L}\p{M}]+/gu) ?? [];
  const scripts = languages === 'western' ? westernScripts : otherScripts;
  return words.every((word) => !/[^\p{ASCII}]/u.test(word) || isWord(word, scripts));
}

function isWord(word: string, scripts: typeof otherScripts): boolean {
  const capital = capitalInWord.exec(word)?.[0];
  if (capital !== undefined && /[^\p{ASCII}]/u.test(capital)) return false;
  const script = scripts.find(([letters]) => letters.test(word.replaceAll(/\p{M}/gu, '')));
  if (script === undefined) return false;
  const letters = [...word.toLowerCase()].filter((letter) => /[^\p{ASCII}µ]/u.test(letter));
  return script[1]?.some((alphabet) => letters.every((letter) => alphabet.has(letter))) ?? true;
}
