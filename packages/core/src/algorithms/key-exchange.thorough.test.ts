/** The longer groups of RFC 8268, which take noble tenths of a second. */
import { expect, test } from 'vitest';
import { noble } from '../crypto/noble.js';
import { keyExchanges } from './table.js';

test.each(['diffie-hellman-group16-sha512', 'diffie-hellman-group18-sha512'] as const)(
  '%s gives both sides the same secret, and another one each time',
  async (name) => {
    const row = keyExchanges[name];
    const agreeOnce = async (): Promise<Uint8Array> => {
      const { share, secret } = await row.initiate(noble);
      const response = await row.respond(noble, share);
      expect(await row.finish(noble, secret, response.share)).toEqual(response.sharedSecret);
      return response.sharedSecret;
    };
    expect(await agreeOnce()).not.toEqual(await agreeOnce());
  },
);
