/** Masking follows the rule of RFC 6455 §5.3, wherever the bytes are in memory. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyMask } from './mask.js';

test('§5.3: octet i is XORed with key octet i mod 4, at every place in memory and in the payload', () => {
  const cases = fc.record({
    payload: fc.uint8Array({ maxLength: 200 }),
    key: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    place: fc.nat(9),
    phase: fc.nat(1000),
  });
  fc.assert(
    fc.property(cases, ({ payload, key, place, phase }) => {
      const memory = new Uint8Array(place + payload.length + 8);
      memory.set(payload, place);
      applyMask(memory.subarray(place, place + payload.length), key, phase);
      const expected = payload.map((byte, index) => byte ^ (key[(phase + index) % 4] ?? 0));
      expect(memory.subarray(place, place + payload.length)).toEqual(expected);
      // Nothing beside it is touched.
      expect(memory.subarray(place + payload.length)).toEqual(new Uint8Array(8));
    }),
  );
});
