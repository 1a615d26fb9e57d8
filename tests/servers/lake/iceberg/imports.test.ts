import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';

const folder = 'src/servers/lake/iceberg';

// What docs/iceberg.md says, so that the folder can be taken out, or a library put in its place.
test('of the rest of the program the tables import src/domain and src/errors alone', () => {
  const files = globSync(`${folder}/**/*.ts`);
  expect(files.length).toBeGreaterThan(50);
  const outside = files.flatMap((file) => {
    const imported = [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)];
    return imported
      .map(([, target = '']) => posix.join(posix.dirname(file), target))
      .filter((target) => !target.startsWith(`${folder}/`));
  });
  const layers = new Set(outside.map((target) => target.split('/').slice(0, 2).join('/')));
  expect([...layers].sort()).toEqual(['src/domain', 'src/errors']);
});
