import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { CatalogBackend } from '../../../src/servers/catalog/backend.ts';
import type { Patch } from '../../../src/servers/catalog/changes/apply-patch.ts';
import { type ChangeBook, openChangeBook } from '../../../src/servers/catalog/changes/change-book.ts';
import { changesOf } from '../../../src/servers/catalog/changes/changes-of.ts';
import { acceptChange, rejectChange } from '../../../src/servers/catalog/changes/decide-change.ts';
import { documentNamed, proposeChange } from '../../../src/servers/catalog/changes/propose-change.ts';
import { createFilesBackend } from '../../../src/servers/catalog/files/files-backend.ts';

let folder: string;
let backend: CatalogBackend;
let book: ChangeBook;
const productFile = () => join(folder, 'contracts/product.odcs.yaml');
const product = () => readFileSync(productFile(), 'utf8');
const database = () => join(folder, 'catalog.sqlite');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catalog-changes-'));
  cpSync('contracts', join(folder, 'contracts'), { recursive: true });
  for (const file of ['product.odcs.yaml', 'policies/units.yaml']) {
    const path = join(folder, 'contracts', file);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^version: .*$/m, 'version: 1.0.0'));
  }
  backend = createFilesBackend({ contracts: join(folder, 'contracts') });
  book = openChangeBook(database());
});
afterEach(() => {
  book.close();
  rmSync(folder, { recursive: true });
});

interface Wish {
  readonly kind?: 'contract' | 'mapping' | 'policy';
  readonly id?: string;
  readonly document?: JsonObject;
  readonly patch?: Patch;
  readonly run?: string;
}
const propose = async ({ kind = 'contract', id = 'product', document, patch, run }: Wish) =>
  proposeChange(
    { catalog: await backend.read(), book, nowMs: 1000 },
    {
      kind,
      id,
      document,
      patch,
      reason: 'because',
      origin: run === undefined ? undefined : { run, call: `${run}/p` },
    },
  );
const accept = (changeId: string, by = 'ada') =>
  acceptChange({ backend, book, nowMs: 2000 }, { changeId, by });
const description = '/schema/product/properties/price/description';
const reworded: Patch = [
  { op: 'replace', path: description, value: 'What the vendor asks.' },
  { op: 'replace', path: '/version', value: '1.0.1' },
];

describe('a proposal', () => {
  test('is kept with its difference and who asked, and touches no document', async () => {
    const before = product();
    const change = await propose({ patch: reworded, run: 'run-1' });
    expect(product()).toBe(before);
    expect(change).toMatchObject({
      kind: 'contract',
      documentId: 'product',
      from: { version: '1.0.0' },
      to: { version: '1.0.1' },
      breaking: false,
    });
    expect(change?.differences.join()).toContain('price');
    expect(book.find(change?.id ?? '')).toMatchObject({
      state: 'proposed',
      askings: [{ reason: 'because', origin: { run: 'run-1', call: 'run-1/p' }, atMs: 1000 }],
    });
  });

  test('has the same id in every run and in every catalog; each run is kept as one who asked', async () => {
    const ids = [];
    for (const run of ['run-1', 'run-2', 'run-2']) ids.push((await propose({ patch: reworded, run }))?.id);
    const other = openChangeBook(join(folder, 'other.sqlite'));
    const inOther = await proposeChange(
      { catalog: await backend.read(), book: other, nowMs: 9 },
      {
        kind: 'contract',
        id: 'product',
        document: undefined,
        patch: reworded,
        reason: 'x',
        origin: undefined,
      },
    );
    other.close();
    expect(new Set([...ids, inOther?.id]).size).toBe(1);
    expect(book.list()).toHaveLength(1);
    expect(book.list()[0]?.askings.map(({ origin }) => origin?.run)).toEqual(['run-1', 'run-2']);
  });

  test('of what is in force already is none', async () => {
    const { value } = documentNamed(await backend.read(), { kind: 'contract', id: 'product' });
    expect(await propose({ document: value })).toBeUndefined();
    expect(book.list()).toEqual([]);
  });

  test('of a whole document is the same change as the patch that leads to it, whatever the order of its keys', async () => {
    const patched = await propose({ patch: reworded });
    const turned = Object.fromEntries(Object.entries(patched?.now ?? {}).reverse());
    expect((await propose({ document: turned }))?.id).toBe(patched?.id);
  });

  const price = '/schema/product/properties/price';
  test.each<[string, Wish, RegExp]>([
    ['a document that is not there', { id: 'produkt' }, /no contract "produkt".*Did you mean "product"/],
    ['a document of another kind', { id: 'currency' }, /but a policy "currency"/],
    ['neither document nor patch', {}, /either a document or a patch/],
    ['a version that stays', { patch: reworded.slice(0, 1) }, /says 1\.0\.0 and needs at least 1\.0\.1/],
    [
      'nothing but another version',
      { patch: [{ op: 'replace', path: '/version', value: '1.1.0' }] },
      /Nothing but the version of the contract "product" would change, from 1\.0\.0 to 1\.1\.0/,
    ],
    [
      'a lower version',
      { patch: [reworded[0] as Patch[number], { op: 'replace', path: '/version', value: '0.9.0' }] },
      /says 0\.9\.0/,
    ],
    [
      'a breaking change that says it is small',
      {
        patch: [
          { op: 'remove', path: price },
          { op: 'replace', path: '/version', value: '1.1.0' },
        ],
      },
      /needs at least 2\.0\.0.*price/,
    ],
    ['another id', { patch: [{ op: 'replace', path: '/id', value: 'goods' }] }, /has the id "goods"/],
    ['an id that is another file', { patch: [{ op: 'replace', path: '/id', value: '../x' }] }, /id/],
    ['a document that is none', { document: { id: 'product', kind: 'DataContract' } }, /version/],
    [
      'a place that is not there',
      { patch: [{ op: 'remove', path: '/schema/0/properties/99' }] },
      /no single element "99"/,
    ],
    [
      'a name that is not there',
      { patch: [{ op: 'remove', path: '/schema/products' }] },
      /no single element "products"/,
    ],
    ['a path without a slash', { patch: [{ op: 'remove', path: 'schema' }] }, /does not begin with/],
    [
      'a change of the prototype',
      { patch: [{ op: 'add', path: '/__proto__/x', value: 1 }] },
      /no "__proto__"/,
    ],
    ['the whole document', { patch: [{ op: 'replace', path: '', value: 1 }] }, /whole document/],
  ])('of %s is refused in words, and nothing is kept', async (_, wish, words) => {
    await expect(propose(wish)).rejects.toThrow(words);
    expect(book.list()).toEqual([]);
  });
});

describe('acceptance', () => {
  test('writes the new version whole, keeps what people wrote around it, and who decided', async () => {
    const before = product();
    const change = await propose({ patch: reworded, run: 'run-1' });
    const accepted = await accept(change?.id ?? '');
    expect(accepted).toMatchObject({ state: 'accepted', decision: { by: 'ada', atMs: 2000 } });
    const [was, now] = [before.split('\n'), product().split('\n')];
    const comment = was.filter((line) => line.startsWith('#'));
    expect(comment.length).toBeGreaterThan(0);
    expect(now).toEqual(expect.arrayContaining(comment));
    expect(documentNamed(await backend.read(), { kind: 'contract', id: 'product' }).version).toBe('1.0.1');
    expect(now.filter((line) => !was.includes(line)).map((line) => line.trim())).toEqual([
      'version: 1.0.1',
      'description: What the vendor asks.',
    ]);
    expect(readdirSync(join(folder, 'contracts')).filter((name) => name.includes('unfinished'))).toEqual([]);
    expect(changesOf(database(), { kind: 'contract', id: 'product', version: '1.0.1' })).toEqual({
      how: 'accepted',
      kind: 'contract',
      documentId: 'product',
      version: '1.0.1',
      digest: change?.to.digest,
      atMs: 2000,
      origin: { run: 'run-1', call: 'run-1/p' },
      change: { id: change?.id, by: 'ada', reason: 'because', breaking: false },
    });
    expect(changesOf(database(), { kind: 'contract', id: 'product', version: '1.0.0' })).toBeUndefined();
  });

  test('makes a draft active, as the person who decided was shown; what is active stays so', async () => {
    writeFileSync(productFile(), product().replace('status: active', 'status: draft'));
    const change = await propose({ patch: reworded });
    expect(change?.differences.join()).toContain('status was draft and is active');
    await accept(change?.id ?? '');
    expect(product()).toMatch(/^version: 1\.0\.1\nstatus: active$/m);
    const next = await propose({
      patch: [
        { op: 'replace', path: description, value: 'What it costs.' },
        { op: 'replace', path: '/version', value: '1.0.2' },
      ],
    });
    expect(next?.differences.join()).not.toContain('status');
  });

  test('of a change whose document was changed meanwhile writes nothing and says so', async () => {
    const change = await propose({ patch: reworded });
    const edited = product().replace('version: 1.0.0', 'version: 1.0.5');
    writeFileSync(productFile(), edited);
    await expect(accept(change?.id ?? '')).rejects.toMatchObject({ code: 'CHANGE_REFUSED' });
    await expect(accept(change?.id ?? '')).rejects.toThrow(
      /not what it was.*1\.0\.0.*1\.0\.5.*Nothing was written/,
    );
    expect(product()).toBe(edited);
    expect(book.find(change?.id ?? '')?.state).toBe('proposed');
  });

  test('of a change that no longer fits what is around it writes nothing', async () => {
    const change = await propose({
      kind: 'policy',
      id: 'units',
      patch: [
        { op: 'replace', path: '/title', value: 'Units' },
        { op: 'replace', path: '/version', value: '2.0.0' },
      ],
    });
    rmSync(join(folder, 'contracts/policies/units.yaml'));
    await expect(accept(change?.id ?? '')).rejects.toThrow(/no policy "units" any more/);
  });

  test('twice at once is one decision', async () => {
    const change = await propose({ patch: reworded });
    const both = await Promise.allSettled(['ada', 'bob'].map((by) => accept(change?.id ?? '', by)));
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(book.find(change?.id ?? '')?.decision?.by).toBe('ada');
  });

  test('after a crash between writing and keeping is completed by accepting once more', async () => {
    const change = await propose({ patch: reworded });
    const catalog = await backend.read();
    await backend.replace(documentNamed(catalog, { kind: 'contract', id: 'product' }), change?.now ?? {});
    expect(await accept(change?.id ?? '')).toMatchObject({ state: 'accepted' });
  });

  test.skipIf(process.getuid?.() === 0)(
    'into a folder that may not be written to changes nothing',
    async () => {
      const change = await propose({ patch: reworded });
      chmodSync(join(folder, 'contracts'), 0o555);
      try {
        await expect(accept(change?.id ?? '')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
        expect(book.find(change?.id ?? '')?.state).toBe('proposed');
      } finally {
        chmodSync(join(folder, 'contracts'), 0o755);
      }
    },
  );

  test('into a folder that is none changes nothing', async () => {
    const change = await propose({ patch: reworded });
    const broken: CatalogBackend = {
      ...backend,
      replace: (was, now) => backend.replace({ ...was, place: join(productFile(), 'x.yaml') }, now),
    };
    const decision = { changeId: change?.id ?? '', by: 'ada' };
    await expect(acceptChange({ backend: broken, book, nowMs: 1 }, decision)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
    });
    expect(book.find(change?.id ?? '')?.state).toBe('proposed');
  });
});

test('a rejection stays, and whoever asks again is told why', async () => {
  const change = await propose({ patch: reworded });
  const changeId = change?.id ?? '';
  await rejectChange(
    { book, nowMs: 5 },
    { changeId, by: 'ada', because: 'prices are not asked, they are set' },
  );
  await propose({ patch: reworded, run: 'run-9' });
  expect(book.find(changeId)).toMatchObject({
    state: 'rejected',
    decision: { because: 'prices are not asked, they are set' },
    askings: [{}, { origin: { run: 'run-9' } }],
  });
  await expect(accept(changeId)).rejects.toThrow(/ada rejected it already/);
  await expect(rejectChange({ book, nowMs: 6 }, { changeId, by: 'bob', because: 'x' })).rejects.toMatchObject(
    {
      code: 'CHANGE_REFUSED',
    },
  );
});

test('an unknown change is refused with the nearest ids', async () => {
  const change = await propose({ patch: reworded });
  await expect(accept(`${change?.id}x`)).rejects.toMatchObject({
    code: 'CHANGE_UNKNOWN',
    hint: `did you mean ${change?.id}?`,
  });
  await expect(accept('product')).rejects.toMatchObject({ hint: `did you mean ${change?.id}?` });
});

describe('the file of changes', () => {
  test('is not made by a question', () => {
    expect(book.list()).toEqual([]);
    expect(readdirSync(folder)).toEqual(['contracts']);
  });

  test.each([
    ['another program', 'CREATE TABLE things (id INTEGER)', /database of another program/],
    ['a newer version', 'PRAGMA application_id = 1634296679; PRAGMA user_version = 99', /newer than/],
  ])('of %s is left alone', async (_, sql, words) => {
    const { default: Database } = await import('better-sqlite3');
    const foreign = new Database(database());
    foreign.exec(sql);
    foreign.close();
    const before = readFileSync(database());
    expect(() => openChangeBook(database()).list()).toThrow(words);
    expect(readFileSync(database()).equals(before)).toBe(true);
  });

  test('that is no database is left alone', () => {
    writeFileSync(database(), 'x'.repeat(5000));
    expect(() => openChangeBook(database()).list()).toThrow(/cannot be opened/);
    expect(readFileSync(database(), 'utf8')).toBe('x'.repeat(5000));
  });
});
