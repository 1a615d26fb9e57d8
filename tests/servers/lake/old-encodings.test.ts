import { expect, test } from 'vitest';
import { encodings } from '../../../src/servers/lake/sources/source.ts';
import { encodeText } from './support/encode-text.ts';
import { openTestLake, type Row } from './support/open-test-lake.ts';

// Made for these tests: a few words in each encoding that vendors still write.
const table = 'product_raw.feed';
const columns = [
  { name: 'id', type: 'INTEGER' },
  { name: 'name', type: 'VARCHAR' },
  { name: 'note', type: 'VARCHAR' },
];
const words: Readonly<Record<string, string>> = {
  'windows-1252': 'Größe Café œuf 5 €',
  'iso-8859-1': 'Größe Café',
  'iso-8859-2': 'Příliš žluťoučký kůň',
  'iso-8859-3': 'Ħobż ċirku ġdid',
  'iso-8859-4': 'Ķirsis ģimene ąžuolas',
  'iso-8859-5': 'Шуруповёрт ударный',
  'iso-8859-6': 'طاولة خشبية',
  'iso-8859-7': 'Καρέκλα γραφείου',
  'iso-8859-8': 'שולחן עץ',
  'iso-8859-9': 'Çalışma ışığı',
  'iso-8859-10': 'Þing ķēde đak',
  'iso-8859-11': 'โต๊ะไม้',
  'iso-8859-13': 'Krēsls mašīna ķēde',
  'iso-8859-14': 'Ŵyth ŷd ḃeag',
  'iso-8859-15': 'cœur 5 €',
  'iso-8859-16': 'Mașină pătuț 5 €',
  'windows-874': 'เก้าอี้ 5 €',
  'windows-1250': 'Łóżko dziecięce Śrubokręt',
  'windows-1251': 'Дрель ударная №5',
  'windows-1253': 'Τραπέζι ξύλινο',
  'windows-1254': 'Kırmızı gümüş ağaç',
  'windows-1255': 'כיסא משרדי ₪',
  'windows-1256': 'كرسي مكتب پ',
  'windows-1257': 'Krēsls ąžuolas šķēres',
  'windows-1258': 'đôi ghế'.replace('ế', 'ê\u0301'),
  ibm866: 'Кресло офисное',
  'koi8-r': 'Лампа настольная',
  'koi8-u': 'Стіл письмовий ґанок',
  macintosh: 'Größe Café ∞',
  'x-mac-cyrillic': 'Молоток №5',
  shift_jis: '表示能力ソファーポット',
  'euc-jp': '木製テーブル表',
  gbk: '木制桌子洗衣機東',
  gb18030: '办公椅 €',
  big5: '功能許可桌蓋育',
  'euc-kr': '나무 탁자 의자',
};

/** A reject behind the letters shows whether places in the file are told as they are. */
async function load(encoding: string, options: Row = {}) {
  const name = words[encoding] ?? '';
  const lines = ['id|name|note', `1|${name}|"${name}|\n${name}"`, `x|${name}|`, '3||'];
  const content = encodeText(`${lines.join('\n')}\n`, encoding);
  const lake = await openTestLake({ 'f.csv': content });
  await lake.call('create_table', { table, columns });
  const report = await lake.call('ingest', { path: 'f.csv', table, vendor_name: 'v', options });
  return { lake, name, content, lines, report };
}

test('each encoding that can be asked for is tested', () => {
  expect(Object.keys(words).sort()).toEqual(
    encodings.filter((encoding) => !encoding.startsWith('utf-')).sort(),
  );
});

test.each(Object.keys(words))(
  '%s is read to the letter, and its rejects stand where they are told',
  async (encoding) => {
    const { lake, name, content, lines, report } = await load(encoding, { encoding });
    expect(report).toMatchObject({ encoding, rows_read: 3, rows_loaded: 2, rows_rejected: 1 });
    expect(await lake.rows(`SELECT name, note FROM ${table} ORDER BY _source_line`)).toEqual([
      { name, note: `${name}|\n${name}` },
      { name: null, note: null },
    ]);
    const [reject] = await lake.rows('SELECT raw_row, byte_offset, line FROM product_raw.ingest_errors');
    expect(reject).toMatchObject({ raw_row: lines[2], line: 4 });
    const start = Number(reject?.['byte_offset']);
    const bytes = encodeText(lines[2] ?? '', encoding);
    expect(content.subarray(start, start + bytes.length)).toEqual(bytes);
  },
);

test.each([
  ['shift_jis', '\x81\x20'],
  ['windows-1253', '\xff'],
  ['iso-8859-2', '\x85'],
  ['windows-1252', '\x81'],
])(
  '%s: a record with bytes that are no letter is rejected by name, the others are loaded',
  async (encoding, bytes) => {
    const content = Buffer.from(`id,name\n1,ok\n2,${bytes}\n`, 'latin1');
    const lake = await openTestLake({ 'f.csv': content });
    await lake.call('create_table', { table, columns: columns.slice(0, 2) });
    const call = { path: 'f.csv', table, vendor_name: 'v', options: { encoding } };
    expect(await lake.call('ingest', call)).toMatchObject({
      rows_loaded: 1,
      rejects_by_reason: [{ reason: 'invalid_encoding', rows: 1 }],
      sample_rejects: [{ line: 3, detail: `bytes that are not valid ${encoding}` }],
    });
  },
);

test.each(['utf-16le', 'utf-16be'])(
  '%s: half a pair and half a unit are rejected, not replaced',
  async (encoding) => {
    const text = Buffer.from('\uFEFFid,name\n1,😀\n2,\uD83D\n3,end', 'utf16le');
    const content = Buffer.concat([encoding === 'utf-16le' ? text : text.swap16(), Buffer.from('x')]);
    const lake = await openTestLake({ 'f.csv': content });
    await lake.call('create_table', { table, columns: columns.slice(0, 2) });
    expect(await lake.call('ingest', { path: 'f.csv', table, vendor_name: 'v' })).toMatchObject({
      encoding,
      rows_loaded: 1,
      rejects_by_reason: [{ reason: 'invalid_encoding', rows: 2 }],
    });
    expect(await lake.rows(`SELECT name FROM ${table}`)).toEqual([{ name: '😀' }]);
  },
);

test('a delimiter outside of ASCII is found in an old encoding', async () => {
  const lake = await openTestLake({ 'f.csv': encodeText('id€name\n1€Дрель\n', 'windows-1251') });
  const options = { encoding: 'windows-1251', delimiter: '€' };
  const seen = await lake.call('inspect_file', { path: 'f.csv', options });
  expect(seen['head']).toEqual([{ id: '1', name: 'Дрель' }]);
});

const shops: readonly (readonly [string, string])[] = [
  ['windows-1251', 'Кресло офисное кожаное\nСтол деревянный\nЛампа настольная\nМолоток Красный'],
  ['koi8-r', 'Кресло офисное кожаное\nСтол деревянный\nЛампа настольная\nМолоток Красный'],
  ['windows-1250', 'Łóżko dziecięce\nPościel bawełniana\nŚrubokręt krzyżowy\nKrzesło żółte\nLampa wisząca'],
  ['iso-8859-2', 'Łóżko dziecięce\nPościel bawełniana\nŚrubokręt krzyżowy\nKrzesło żółte\nLampa wisząca'],
  ['windows-1254', 'Çalışma masası\nÇamaşır\nKağıt kırmızı\nÇekiç gümüş\nışık yeşil'],
  ['iso-8859-7', 'Καρέκλα γραφείου\nΤραπέζι ξύλινο\nΛάμπα μαύρο\nΨυγείο άσπρο'],
  ['macintosh', 'Bürostuhl grün\nFußgänger\nCafetière\nGröße weiß\nMöbel'],
  [
    'shift_jis',
    '木製テーブル赤\nオフィスチェア青\nデスクランプ黒\n冷蔵庫白\nソファー表示\n能力ドリル\n電動\n洗濯機\n照明器具\nカーテン\n収納棚',
  ],
  ['gbk', '木制桌子红色\n办公椅蓝色\n台灯黑色\n冰箱白色\n洗衣机\n电视\n空调\n沙发\n书架\n衣柜\n地毯'],
  ['iso-8859-15', 'Café 12 €\ncœur 3 €\nThé 5 €'],
];
const asCsv = (text: string): string =>
  `id;name\n${text
    .split('\n')
    .map((name, index) => `${index + 1};${name}\n`)
    .join('')}`;

test.each(shops)(
  'a file in %s that nobody has named is told, with an encoding that fits',
  async (encoding, text) => {
    const lake = await openTestLake({ 'f.csv': encodeText(asCsv(text), encoding) });
    await lake.call('create_table', { table, columns: columns.slice(0, 2) });
    const report = await lake.call('ingest', { path: 'f.csv', table, vendor_name: 'v' });
    const seen = await lake.call('inspect_file', { path: 'f.csv' });
    expect(report['notes']).toEqual([expect.stringContaining('pass options.encoding')]);
    expect(report['notes']).toEqual([expect.stringContaining(`"${encoding}"`)]);
    expect(seen['notes']).toEqual(expect.arrayContaining(report['notes'] as string[]));
  },
);

test('a file in a code page of DOS is told, and that it cannot be read', async () => {
  // cp850: Größe, Tür, Möbel, Küche, grün
  const text = 'id;name\n1;Gr\x94\xe1e\n2;T\x81r\n3;M\x94bel\n4;K\x81che\n5;gr\x81n\n';
  const lake = await openTestLake({ 'f.csv': Buffer.from(text, 'latin1') });
  const { notes } = await lake.call('inspect_file', { path: 'f.csv' });
  expect((notes as string[])[0]).toMatch(
    /^read as windows-1252, but of 5 .* 5 are none .*cp850.* ask the vendor for UTF-8$/,
  );
});

test.each([
  'Bürostuhl grün\nKühlschrank weiß\nGröße XL',
  'Chaise rembourrée dorée\nRéfrigérateur crème\nœuf à côté\nnaïve ça',
  'Smörgåsbord röd\nKöksbord blå\nÆrøskøbing\nSeñor Nº 5\nLevi’s™ 5 € – µF m² it´s',
  'Mobília não\nlençóis\ncafé avó',
])('Western text is windows-1252 without a word about it (%#)', async (text) => {
  const lake = await openTestLake({ 'f.csv': encodeText(asCsv(text), 'windows-1252') });
  await lake.call('create_table', { table, columns: columns.slice(0, 2) });
  const report = await lake.call('ingest', { path: 'f.csv', table, vendor_name: 'v' });
  expect(report).toMatchObject({ encoding: 'windows-1252', rows_rejected: 0 });
  expect(report).not.toHaveProperty('notes');
});

test.each([
  ['with a mark', '\uFEFFid;name\n1;ä\n'],
  ['without', 'id;name\n1;ä\n'],
])('UTF-32 %s is refused by its name', async (_, text) => {
  const codes = Uint32Array.from([...text].map((letter) => letter.codePointAt(0) ?? 0));
  const lake = await openTestLake({ 'f.csv': Buffer.from(codes.buffer) });
  expect(await lake.failure('inspect_file', { path: 'f.csv' })).toContain('UTF-32');
});

test('an encoding that is not read is refused with what to do', async () => {
  const lake = await openTestLake({ 'f.csv': 'id\n1\n' });
  const told = await lake.failure('inspect_file', { path: 'f.csv', options: { encoding: 'cp437' } });
  expect(told).toContain('"cp437" is no encoding that the lake reads: convert the file to UTF-8');
});

test('JSON in an encoding whose letters end with brackets and backslashes', async () => {
  // In Shift_JIS ソ ends with a backslash, ボ with a brace, ー with a bracket.
  const json = '{"list":[{"id":1,"name":"ソファー"},{"id":2,"name":"ボード"}]}';
  const lake = await openTestLake({ 'f.json': encodeText(json, 'shift_jis') });
  await lake.call('create_table', { table, columns: columns.slice(0, 2) });
  const call = { path: 'f.json', table, vendor_name: 'v', options: { encoding: 'shift_jis' } };
  expect(await lake.call('ingest', call)).toMatchObject({ rows_loaded: 2, rows_rejected: 0 });
  expect(await lake.rows(`SELECT name FROM ${table} ORDER BY id`)).toEqual([
    { name: 'ソファー' },
    { name: 'ボード' },
  ]);
});

test.each([
  ['windows-1251', encodeText(asCsv('Кресло'), 'windows-1251'), undefined],
  [
    'windows-1251',
    Buffer.from(asCsv('Кресло'), 'utf8'),
    'the contract says windows-1251, and the bytes are utf-8',
  ],
  ['shift_jis', encodeText(asCsv('表示能力ソファー'), 'shift_jis'), undefined],
  [
    'utf-8',
    encodeText(asCsv('Кресло'), 'windows-1251'),
    'the contract says utf-8, and the bytes are windows-1252',
  ],
])(
  'a contract that says %s stops only a file whose bytes speak against it (%#)',
  async (encoding, content, problem) => {
    const lake = await openTestLake({ 'f.csv': content });
    await lake.call('create_table', { table, columns: columns.slice(0, 2) });
    const call = { path: 'f.csv', table, vendor_name: 'v', contract: 'feed@1.0.0', options: { encoding } };
    if (problem === undefined)
      expect(await lake.call('ingest', call)).toMatchObject({ rows_rejected: 0, encoding });
    else expect(await lake.failure('ingest', call)).toContain(problem);
  },
);
