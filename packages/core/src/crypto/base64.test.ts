/** RFC 4648 §10 test vectors, and what is refused. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64, decodeBase64url, encodeBase64, encodeBase64url } from './base64.js';

const utf8 = new TextEncoder();

test.each([
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
])('§10: %j is %j', (plain, encoded) => {
  expect(encodeBase64(utf8.encode(plain))).toBe(encoded);
  expect(decodeBase64(encoded)).toEqual(utf8.encode(plain));
  expect(encodeBase64url(utf8.encode(plain))).toBe(encoded.replace(/=+$/, ''));
  expect(decodeBase64url(encoded.replace(/=+$/, ''))).toEqual(utf8.encode(plain));
});

test('equals what Buffer does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      expect(encodeBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
      expect(decodeBase64url(encodeBase64url(bytes))).toEqual(bytes);
    }),
  );
});

test.each(['Zg', 'Zg=', 'Zg===', 'Z===', '====', 'Zh==', 'Zm9=', 'Zm 9v', 'Zm9v\n', 'Zm-v', 'Zm9vZg==Zg==', 'Zé9v'])(
  '§3.3, §3.5: refuses %j',
  (text) => expect(decodeBase64(text)).toBeUndefined(),
);

test.each(['Zm9v=', 'Zg==', '+/+/', 'Zm 9v', 'Z', 'Zh', 'Zé9v'])('§5: refuses %j as base64url', (text) =>
  expect(decodeBase64url(text)).toBeUndefined(),
);
