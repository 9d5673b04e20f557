/** W22 for every cipher and MAC with the other roles and providers; the unit tests have one of each way to protect a packet. */
import { describe, test } from 'vitest';
import { expectOneEnd, others, someBitsOf } from '../bit-flips.js';
import { moment } from '../lives.js';

describe.each(others)('W22 a bit flipped in each part of a packet: %s, %s', (role, _name, crypto, some) => {
  test.each(some)('%s with %s', async (cipher, mac) => {
    const one = await moment(role, cipher, mac, crypto);
    await expectOneEnd(one, someBitsOf(one, cipher, mac));
  });
});
