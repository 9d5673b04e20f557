import { expect, test } from 'vitest';
import { displacedBy, sourceOf } from './source.js';

test('RFC 4291 §2.3: a /64 of IPv6 is one source, an IPv4 address is one', () => {
  expect(sourceOf('203.0.113.7')).toBe('203.0.113.7');
  expect(sourceOf('2001:db8:1:2::1')).toBe(sourceOf('2001:db8:1:2:ffff::9'));
  expect(sourceOf('2001:db8::1')).toBe(sourceOf('2001:db8::2'));
  expect(sourceOf('2001:db8:1:2::1')).not.toBe(sourceOf('2001:db8:1:3::1'));
  expect(sourceOf('::1')).toBe('0:0:0:0::/64');
});

test('if all places are taken, the last item of the source with the most makes room, but not for that source itself', () => {
  const places = [
    { name: 1, source: 'a' },
    { name: 2, source: 'b' },
    { name: 3, source: 'a' },
    { name: 4, source: undefined },
    { name: 5, source: 'b' },
    { name: 6, source: 'a' },
  ];
  expect([undefined, 'a', 'b', 'c'].map((source) => displacedBy(source, places)?.name)).toEqual([
    6,
    undefined,
    undefined,
    6,
  ]);
  expect(displacedBy('c', places.slice(0, 2))).toBeUndefined();
  expect(displacedBy('c', [])).toBeUndefined();
});
