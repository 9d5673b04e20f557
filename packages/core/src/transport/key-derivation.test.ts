/** RFC 4253 §8: what is left of the shared secret once the exchange hash is there. */
import { expect, test } from 'vitest';
import { curve25519Sha256 } from '../algorithms/curve25519.js';
import { noble } from '../crypto/noble.js';
import { exchangeHash } from './key-derivation.js';

test('Security: the scratch space, which all connections share, does not keep what was hashed', () => {
  const hashed: Uint8Array[] = [];
  const crypto = {
    ...noble,
    hash: (...words: Parameters<typeof noble.hash>): Uint8Array => {
      hashed.push(...words.slice(1).map((part) => part as Uint8Array));
      expect(hashed.at(-1)!.at(-1)).toBe(7);
      return noble.hash(...words);
    },
  };
  const some = new Uint8Array(100).fill(5);
  const outcome = { exchanged: some, sharedSecret: new Uint8Array(32).fill(7) };
  const identifications = { clientIdentification: 'SSH-2.0-a', serverIdentification: 'SSH-2.0-b' };
  const transcript = { ...identifications, clientKexinit: some, serverKexinit: some, hostKey: some, outcome };
  exchangeHash(crypto, curve25519Sha256, transcript);
  expect(hashed.map((part) => part.every((byte) => byte === 0))).toEqual([true]);
});
