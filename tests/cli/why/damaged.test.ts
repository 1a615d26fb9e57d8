import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAuditLog } from '../../../src/audit/sqlite/index.ts';
import { withSources } from '../../../src/cli/why/open-sources.ts';
import type { Question } from '../../../src/cli/why/question.ts';
import type { Explanation } from '../../../src/lineage/answer.ts';
import { type LakeProject, lakeProject } from './support/lake-project.ts';

let project: LakeProject;

beforeAll(async () => {
  project = await lakeProject();
}, 60_000);
afterAll(() => project.remove());

async function why(
  question: Partial<Question> & { readonly table: string },
  warehouse = project.warehouse,
): Promise<Explanation> {
  const log = openAuditLog({ file: project.log, durability: 'normal' });
  try {
    return await withSources(
      { log, cli: { env: {} }, places: { project: project.dir, warehouse } },
      (sources) => sources.explain({ depth: 10, ...question }),
    );
  } finally {
    log.close();
  }
}

const product = { table: 'product_core.product', key: { sku: 'P-1' } };

function newest(table: string, folder: 'data' | 'metadata', end: string): string {
  const dir = join(project.warehouse, ...table.split('.'), folder);
  const names = readdirSync(dir).filter((name) => name.endsWith(end));
  return join(dir, names.toSorted().at(-1) ?? '');
}

const metadata = (): string => newest('product_core.product', 'metadata', '.metadata.json');
const data = (): string => newest('product_core.product', 'data', '.parquet');

/** The file is as it was again when `use` is over. */
async function broken(file: string, harm: (file: string) => void, use: () => Promise<void>): Promise<void> {
  const kept = readFileSync(file);
  const beside = ['-wal', '-shm'].map((end) => `${file}${end}`).filter((path) => existsSync(path));
  for (const path of beside) rmSync(path);
  harm(file);
  try {
    await use();
  } finally {
    writeFileSync(file, kept);
  }
}

test('a lake that was moved is told with the command that mends it', async () => {
  const there = join(project.dir, 'moved lake');
  renameSync(project.warehouse, there);
  try {
    await expect(why(product, there)).rejects.toMatchObject({
      code: 'LAKE_MOVED',
      hint: `aiworkflow lake relocate --warehouse '${there}'`,
    });
  } finally {
    renameSync(there, project.warehouse);
  }
});

test.each([
  ['missing metadata', metadata, rmSync, 'LAKE_DAMAGED', 'metadata file .* is missing'],
  [
    'metadata that is cut off',
    metadata,
    (file: string) => truncateSync(file, 40),
    'LAKE_DAMAGED',
    'not JSON',
  ],
  ['metadata of a newer version', metadata, newerVersion, 'LAKE_REFUSED', 'version'],
  ['a missing Parquet file', data, rmSync, 'LAKE_DAMAGED', 'data file .*parquet'],
  [
    'a Parquet file that is cut off',
    data,
    (file: string) => truncateSync(file, 9),
    'LAKE_DAMAGED',
    '.parquet',
  ],
  [
    'a catalog that is rubbish',
    catalog,
    rubbish,
    'LAKE_DAMAGED',
    'catalog.sqlite cannot be read: file is not',
  ],
  ['an empty catalog', catalog, (file: string) => truncateSync(file, 0), 'LAKE_DAMAGED', 'catalog.sqlite'],
])(
  '%s is told as a fault of the lake, with its file and what to do',
  async (_name, file, harm, code, words) => {
    await broken(file(), harm, async () => {
      const failed = why(product);
      await expect(failed).rejects.toThrow(new RegExp(words));
      await expect(failed).rejects.toMatchObject({ code, hint: expect.stringMatching(/\w/) });
    });
  },
);

function catalog(): string {
  return join(project.warehouse, 'catalog.sqlite');
}

function newerVersion(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"format-version": ?\d/, '"format-version":9'));
}

function rubbish(file: string): void {
  writeFileSync(file, 'this is no database at all, and long enough to be looked into for the header of one');
}

test.each([
  ['data', '.parquet'],
  ['metadata', '.metadata.json'],
] as const)('of a damaged table behind (%s) its own fault is told, and the rest', async (folder, end) => {
  await broken(newest('product_raw.verdalia', folder, end), rmSync, async () => {
    const answer = await why({ ...product, column: 'price_eur' });
    const [writer] = answer.writers;
    expect(answer.row?.values).toMatchObject({ sku: 'P-1', price_eur: '12.50' });
    expect(writer?.missing.join('\n')).toMatch(/^product_raw\.verdalia cannot be read as it was: .*/);
    expect(JSON.stringify(answer)).not.toContain('Catalog Error');
    expect(writer?.mapping).toMatchObject({
      rowsFollowed: 'candidates',
      notes: ['the statement is not run again without product_raw.verdalia'],
    });
    const [pinegate] = writer?.mapping?.inputs ?? [];
    expect(pinegate?.explanations[0]?.writers[0]?.load).toMatchObject({ file: 'pinegate.csv', line: 2 });
  });
});
