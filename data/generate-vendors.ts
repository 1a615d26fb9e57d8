import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copperkettle } from './generator/copperkettle.ts';
import type { Feed } from './generator/feed.ts';
import { kurbelwerk } from './generator/kurbelwerk.ts';
import { lumenhain } from './generator/lumenhain.ts';
import { pinegate } from './generator/pinegate.ts';
import { seeded } from './generator/random.ts';
import { readme } from './generator/readme.ts';
import { verdalia } from './generator/verdalia.ts';

/** `node data/generate-vendors.ts` writes data/vendors/ and data/README.md anew; the bytes never change with the day. */
export function generateVendors(): { feeds: readonly Feed[]; readme: string } {
  const makers = [copperkettle, kurbelwerk, lumenhain, pinegate, verdalia];
  const feeds = makers.map((make, index) => make(seeded(20_261 + index)));
  return { feeds, readme: readme(feeds) };
}

function write(): void {
  const folder = dirname(fileURLToPath(import.meta.url));
  const generated = generateVendors();
  mkdirSync(join(folder, 'vendors'), { recursive: true });
  for (const feed of generated.feeds) writeFileSync(join(folder, 'vendors', feed.file), feed.bytes);
  writeFileSync(join(folder, 'README.md'), generated.readme);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) write();
