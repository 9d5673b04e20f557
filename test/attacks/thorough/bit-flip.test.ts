/** W22 for every cipher and MAC in both roles and with every provider; the unit tests have one of each way to protect a packet. */
import { describe, test } from 'vitest';
import { batched, batchedPairs, bitsOf, expectOneEnd, native, others, pairs, someBitsOf } from '../bit-flips.js';
import { moment } from '../lives.js';

describe('W22 a bit flipped anywhere in a packet', () => {
  test.each(pairs)('%s with %s', async (cipher, mac) => {
    const one = await moment('server', cipher, mac, native);
    await expectOneEnd(one, bitsOf(one, cipher, mac));
  });

  test.each(batchedPairs)('%s with %s behind promises', async (cipher, mac) => {
    const one = await moment('server', cipher, mac, batched);
    await expectOneEnd(one, bitsOf(one, cipher, mac));
  });
});

describe.each(others)('W22 a bit flipped in each part of a packet: %s, %s', (role, _name, crypto, some) => {
  test.each(some)('%s with %s', async (cipher, mac) => {
    const one = await moment(role, cipher, mac, crypto);
    await expectOneEnd(one, someBitsOf(one, cipher, mac));
  });
});
