import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8, unfinishedLength } from './utf8.js';

/** Bytes that are often almost UTF-8. */
const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom('é', '漢', '😀', 'a').map((text) => [...encodeUtf8(text)]),
      fc.integer({ min: 0, max: 255 }).map((byte) => [byte]),
      fc.constantFrom([0xe0, 0x80], [0xed, 0xa0], [0xf4, 0x90], [0xf0, 0x9f], [0xc0], [0xff]),
    ),
  )
  .map((parts) => Uint8Array.from(parts.flat()));

test('RFC 3629: cut anywhere, with the unfinished end carried over, bytes give the same text', () => {
  fc.assert(
    fc.property(bytes, fc.nat(), (whole, place) => {
      const cut = place % (whole.length + 1);
      const head = whole.subarray(0, cut);
      const kept = cut - unfinishedLength(head);
      expect(decodeUtf8(whole.subarray(0, kept)) + decodeUtf8(whole.subarray(kept))).toBe(decodeUtf8(whole));
    }),
    { numRuns: 1000 },
  );
});

test('every proper beginning of a character is unfinished, and a whole one is not', () => {
  for (const character of ['é', '漢', '😀', '\u{10ffff}', '\ud7ff', '\u{10000}']) {
    const encoded = encodeUtf8(character);
    for (let length = 1; length <= encoded.length; length += 1)
      expect(unfinishedLength(encoded.subarray(0, length))).toBe(length === encoded.length ? 0 : length);
  }
});
