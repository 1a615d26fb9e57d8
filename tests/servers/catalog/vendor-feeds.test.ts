import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateVendors } from '../../../data/generate-vendors.ts';
import { fateCount } from '../../../data/generator/feed.ts';

const { feeds, later, readme } = generateVendors();
const read = (file: string): Buffer => readFileSync(`data/vendors/${file}`);

test('the committed feeds are what the generator makes, to the byte', () => {
  expect(readdirSync('data/vendors').sort()).toEqual(feeds.map(({ file }) => file).sort());
  for (const { file, bytes } of feeds) expect(read(file).equals(bytes), file).toBe(true);
  expect(readdirSync('data/day-two').sort()).toEqual(later.map(({ file }) => file).sort());
  for (const { file, bytes } of later)
    expect(readFileSync(`data/day-two/${file}`).equals(bytes), file).toBe(true);
  expect(readFileSync('data/README.md', 'utf8')).toBe(readme);
});

test('five vendors, four formats, and small', () => {
  expect(new Set(feeds.map(({ vendor }) => vendor)).size).toBeGreaterThanOrEqual(5);
  expect(new Set(feeds.map(({ file }) => file.split('.').at(-1))).size).toBeGreaterThanOrEqual(4);
  const bytes = feeds.reduce((sum, { file }) => sum + statSync(`data/vendors/${file}`).size, 0);
  expect(bytes).toBeLessThan(300_000);
  for (const { records, file } of feeds) expect(records >= 30 && records <= 120, file).toBe(true);
});

test('every record has exactly one fate', () => {
  for (const feed of [...feeds, ...later]) {
    const fates = (['rejected', 'set aside', 'superseded', 'published'] as const).map((fate) =>
      fateCount(feed, fate),
    );
    expect(
      fates.reduce((sum, count) => sum + count, 0),
      feed.file,
    ).toBe(feed.records);
    if (feeds.includes(feed)) expect(Math.min(...fates), feed.file).toBeGreaterThan(0);
  }
});

// The counts again, taken from the bytes by other code than the generator's.
const counted: Record<string, () => { records: number; faults: Record<string, number> }> = {
  'lumenhain_preisliste.csv': () => {
    const text = read('lumenhain_preisliste.csv').toString('latin1');
    const rows = text
      .trimEnd()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(';'));
    const whole = rows.filter((cells) => cells.length === 14);
    return {
      records: rows.length,
      faults: {
        ragged: rows.length - whole.length,
        missing_key: whole.filter(([key]) => key === '').length,
        bad_type: whole.filter((cells) => !/^\d+$/.test(cells[12] ?? '')).length,
        missing_name: whole.filter(([, , name]) => name === '').length,
        price_text: whole.filter((cells) => !/^[\d.]+,\d\d$/.test(cells[7] ?? '')).length,
        superseded: repeats(whole.map(([key]) => key)),
        bad_gtin: whole.filter(([, gtin]) => !isGtin(gtin)).length,
      },
    };
  },
  'kurbelwerk_export.ndjson': () => {
    const lines = read('kurbelwerk_export.ndjson').toString('utf8').trimEnd().split('\n');
    const rows = lines.flatMap((line) => parsed(line));
    return {
      records: lines.length,
      faults: {
        broken_record: lines.length - rows.length,
        missing_key: rows.filter(({ art_nr }) => art_nr === null).length,
        bad_type: rows.filter(({ bestand }) => typeof bestand !== 'number').length,
        missing_name: rows.filter(({ bezeichnung }) => bezeichnung === '').length,
        price_negative: rows.filter(({ preis }) => Number(preis) < 0).length,
        price_missing: rows.filter(({ preis }) => preis === null).length,
        superseded: repeats(rows.map(({ art_nr }) => art_nr)),
        bad_gtin: rows.filter(({ gtin }) => !isGtin(gtin)).length,
      },
    };
  },
  'copperkettle_catalog.json': () => {
    const { items } = JSON.parse(read('copperkettle_catalog.json').toString('utf8'));
    const count = (test: (item: Record<string, Record<string, unknown>>) => boolean): number =>
      items.filter(test).length;
    return {
      records: items.length,
      faults: {
        missing_key: count(({ sku }) => sku === null),
        bad_type: count(({ stock }) => typeof stock?.['quantity'] !== 'number'),
        missing_name: count(({ title }) => title === null),
        price_text: count(({ price }) => typeof price?.['amount'] === 'string'),
        price_missing: count(({ price }) => price?.['amount'] === null),
        superseded: repeats(items.map(({ sku }: { sku: string }) => sku)),
        bad_gtin: count(({ barcodes }) => !isGtin(barcodes?.['ean'])),
      },
    };
  },
  'verdalia_merchant.xml': () => {
    const items = read('verdalia_merchant.xml').toString('utf8').split('<item>').slice(1);
    const lacking = (tag: string): number => items.filter((item) => !item.includes(`<g:${tag}>`)).length;
    const value = (item: string, tag: string) => new RegExp(`<g:${tag}>([^<]*)<`).exec(item)?.[1];
    return {
      records: items.length,
      faults: {
        missing_key: lacking('id'),
        missing_name: lacking('title'),
        price_missing: lacking('price'),
        price_text: items.filter((item) => /[a-z]/.test(value(item, 'price') ?? '')).length,
        superseded: repeats(items.map((item) => value(item, 'id'))),
        bad_gtin: items.filter((item) => !isGtin(value(item, 'gtin'))).length,
        embedded_instruction: items.filter((item) => item.includes('automated readers')).length,
      },
    };
  },
  'pinegate_products.csv': () => {
    const lines = read('pinegate_products.csv').toString('utf8').trimEnd().split('\n').slice(4);
    const rows = lines.map((line) =>
      [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1).map(([, cell]) => cell),
    );
    const whole = rows.filter((cells) => cells.length === 15);
    return {
      records: lines.length,
      faults: {
        footer: lines.filter((line) => line === 'END OF LIST').length,
        ragged: rows.filter((cells) => cells.length !== 15 && cells.length > 1).length,
        missing_key: whole.filter(([key]) => key === '').length,
        bad_type: whole.filter((cells) => !/^\d+$/.test(cells[12] ?? '')).length,
        missing_name: whole.filter(([, , name]) => name === 'N/A').length,
        price_text: whole.filter((cells) => cells[7] === 'call for price').length,
        price_missing: whole.filter((cells) => cells[7] === 'N/A').length,
        superseded: repeats(whole.map(([key]) => key)),
        bad_gtin: whole.filter(([, gtin]) => !isGtin(gtin)).length,
      },
    };
  },
};

test.each(feeds)('$file holds the faults that data/README.md tells of', (feed) => {
  expect(counted[feed.file]?.()).toEqual({ records: feed.records, faults: Object.fromEntries(feed.faults) });
});

function parsed(line: string): Record<string, unknown>[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

function repeats(keys: readonly unknown[]): number {
  const present = keys.filter((key) => key !== '' && key !== null && key !== undefined);
  return present.length - new Set(present).size;
}

function isGtin(value: unknown): boolean {
  const digits = String(value);
  if (!/^(\d{8}|\d{12,14})$/.test(digits)) return false;
  const sum = [...digits]
    .reverse()
    .reduce((total, digit, index) => total + Number(digit) * (index % 2 === 1 ? 3 : 1), 0);
  return sum % 10 === 0;
}
