import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ToolDefinition } from '../../src/domain/tool.ts';
import { toolNamesOf } from '../../src/models/wire/tool-names.ts';

const tool = (name: string): ToolDefinition => ({ name, description: '', inputSchema: {}, effect: 'read' });
const namesOf = (...names: string[]) => toolNamesOf(names.map(tool));

test.each([
  ['read_text_file', 'read_text_file'],
  ['files.read_text_file', 'files__read_text_file'],
  ['a b/c', 'a_b_c'],
])('%s is spelled %s', (name, spelling) => {
  expect(namesOf(name).toProvider(name)).toBe(spelling);
});

test('an allowed name never gives way to one that was bent to fit', () => {
  const names = namesOf('a.b', 'a__b');
  expect(names.toProvider('a__b')).toBe('a__b');
  expect(names.toProvider('a.b')).toMatch(/^a__b_[0-9a-f]{12}$/);
  expect(names.contextFree).toBe(false);
});

test('a name that is offered no longer is spelled as before, unless another has the spelling now', () => {
  expect(namesOf('x').toProvider('a.b')).toBe('a__b');
  expect(namesOf('a__b').toProvider('a.b')).not.toBe('a__b');
});

test('a name that the model made up comes back as it is', () => {
  expect(namesOf('a.b').toOurs('a__c')).toBe('a__c');
});

// Characters that need bending, and few enough of them to clash often.
const name = fc.string({
  unit: fc.constantFrom('a', 'b', '.', '_', '-', ' ', 'é', '/'),
  minLength: 1,
  maxLength: 90,
});

test('every spelling is allowed, no two are the same, and each leads back', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 30 }), (all) => {
      const names = namesOf(...all);
      const spellings = all.map((one) => names.toProvider(one));
      for (const spelling of spellings) expect(spelling).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
      expect(new Set(spellings).size).toBe(all.length);
      expect(spellings.map((spelling) => names.toOurs(spelling))).toEqual(all);
    }),
    { numRuns: 500 },
  );
});
