/** X.690: what DER allows in only one form is accepted in only that form. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../errors.js';
import { der, derIdentifier, derInteger, DerReader, INTEGER, OCTET_STRING, SEQUENCE } from './der.js';

test.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000])('§8.1.3: %d bytes are read as written', (length) => {
  const bytes = Buffer.alloc(length, 7);
  const reader = new DerReader(der(SEQUENCE, der(OCTET_STRING, bytes), derIdentifier('2b6570'))).sequence();
  expect(bytes.equals(reader.read(OCTET_STRING))).toBe(true);
  expect(reader.identifier()).toBe('2b6570');
  reader.end();
});

test('§8.3: integers are their magnitudes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const start = bytes.findIndex((byte) => byte !== 0);
      const digits = start === -1 ? new Uint8Array(0) : bytes.subarray(start);
      expect(new DerReader(derInteger(bytes)).magnitude()).toEqual(digits);
    }),
  );
  expect(new DerReader(derInteger(Uint8Array.of(1, 0, 0))).number()).toBe(65_536);
  expect(new DerReader(derInteger(Uint8Array.of(1, 0, 0, 0, 0))).number()).toBe(2 ** 32);
});

describe('is refused', () => {
  test.each([
    ['a length beyond the end', [OCTET_STRING, 3, 1, 2]],
    ['a length that is not there', [OCTET_STRING]],
    ['a length cut short', [OCTET_STRING, 0x82, 1]],
    ['an indefinite length', [OCTET_STRING, 0x80, 1, 0, 0]],
    ['a long form where the short one would do', [OCTET_STRING, 0x81, 1, 7]],
    ['a length with a leading zero', [OCTET_STRING, 0x82, 0, 0x80, ...Array.from({ length: 0x80 }, () => 7)]],
    ['a length of four bytes', [OCTET_STRING, 0x84, 0, 0, 0, 1, 7]],
    ['another tag', [SEQUENCE, 1, 7]],
  ])('%s', (_what, bytes) => {
    expect(() => new DerReader(Uint8Array.from(bytes)).read(OCTET_STRING)).toThrow(ProtocolError);
  });

  test.each([
    ['a negative integer', [INTEGER, 1, 0x80]],
    ['an integer without bytes', [INTEGER, 0]],
    ['an integer with a zero too many', [INTEGER, 2, 0, 1]],
  ])('%s', (_what, bytes) => {
    expect(() => new DerReader(Uint8Array.from(bytes)).magnitude()).toThrow(ProtocolError);
  });

  test('what follows the end', () => {
    const reader = new DerReader(Uint8Array.of(INTEGER, 1, 1, 7));
    reader.magnitude();
    expect(() => reader.end()).toThrow(ProtocolError);
  });
});
