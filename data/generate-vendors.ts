import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dayOne, dayTwo } from './generator/days.ts';
import type { Feed } from './generator/feed.ts';
import { readme } from './generator/readme.ts';

export interface GeneratedVendors {
  /** Of the first day, in data/vendors/. */
  readonly feeds: readonly Feed[];
  /** Of the second day, in data/day-two/. */
  readonly later: readonly Feed[];
  readonly readme: string;
}

/** `node data/generate-vendors.ts` writes the feeds and data/README.md anew; the bytes never change with the day. */
export function generateVendors(): GeneratedVendors {
  const days = { feeds: dayOne(), later: dayTwo() };
  return { ...days, readme: readme(days) };
}

function write(): void {
  const folder = dirname(fileURLToPath(import.meta.url));
  const { feeds, later, readme } = generateVendors();
  writeFeeds(join(folder, 'vendors'), feeds);
  writeFeeds(join(folder, 'day-two'), later);
  writeFileSync(join(folder, 'README.md'), readme);
}

function writeFeeds(folder: string, feeds: readonly Feed[]): void {
  mkdirSync(folder, { recursive: true });
  for (const feed of feeds) writeFileSync(join(folder, feed.file), feed.bytes);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) write();
