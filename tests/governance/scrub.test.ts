import { expect, test } from 'vitest';
import { createScrubber } from '../../src/governance/scrub.ts';

const secret = 'p"ss\\wörd/1+1';

test.each([
  ['as it is', secret],
  ['inside JSON', JSON.stringify({ key: secret })],
  ['inside a URL', `https://example.com/?key=${encodeURIComponent(secret)}`],
  ['in base64', Buffer.from(secret).toString('base64')],
])('a secret is found %s', (_, text) => {
  const { scrub } = createScrubber(new Map([['KEY', secret]]));
  expect(scrub(text)).toContain('[secret:KEY]');
  expect(scrub(text)).not.toContain('wörd');
});

test('the longer of two secrets that begin alike is replaced whole', () => {
  const { scrub } = createScrubber(
    new Map([
      ['SHORT', 'abcdef'],
      ['LONG', 'abcdefghi'],
    ]),
  );
  expect(scrub('abcdefghi abcdef')).toBe('[secret:LONG] [secret:SHORT]');
});

test('secrets that become known later are replaced from then on', () => {
  const scrubber = createScrubber();
  scrubber.add(new Map([['KEY', 'late-secret']]));
  expect(scrubber.scrub('a late-secret')).toBe('a [secret:KEY]');
});

test('values too short to protect anything are left alone', () => {
  expect(createScrubber(new Map([['KEY', 'the']])).scrub('the cat')).toBe('the cat');
});
