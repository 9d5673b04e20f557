import { expect, test } from 'vitest';
import { sourceOf } from './source.js';

test('RFC 4291 §2.3: a /64 of IPv6 is one source, an IPv4 address is one', () => {
  expect(sourceOf('203.0.113.7')).toBe('203.0.113.7');
  expect(sourceOf('2001:db8:1:2::1')).toBe(sourceOf('2001:db8:1:2:ffff::9'));
  expect(sourceOf('2001:db8::1')).toBe(sourceOf('2001:db8::2'));
  expect(sourceOf('2001:db8:1:2::1')).not.toBe(sourceOf('2001:db8:1:3::1'));
  expect(sourceOf('::1')).toBe('0:0:0:0::/64');
});
