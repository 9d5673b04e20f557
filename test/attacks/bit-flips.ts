/** W22: what a bit flipped in a packet must come to, for every cipher and MAC and for each way to compute them. */
import type { CryptoProvider } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { webCrypto } from '@nacre/core/web-crypto';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { expect } from 'vitest';
import { MAXIMUM_PACKET } from '../../packages/core/src/transport/packet-reader.js';
import type { Role } from '../../packages/core/src/transport/gate.js';
import { concat, uint32 } from './bytes.js';
import { allCiphers, allMacs, type Moment } from './lives.js';

export type Pair = readonly [cipher: string, mac: string];

/** With an AEAD the MAC is ignored, so any will do. */
export const pairs: readonly Pair[] = Object.entries(allCiphers).flatMap(([cipher, { aead }]) =>
  (aead ? ['hmac-sha2-256'] : Object.keys(allMacs)).map((mac): Pair => [cipher, mac]),
);

/** Randomness that is the same in every life, so that the padding is too. */
const random = (length: number): Uint8Array => new Uint8Array(length);
export const native: CryptoProvider = { ...nodeCrypto, random };
/** The portable provider's own code among what packets are made with; exchanges and signatures belong to another test. */
const portable: CryptoProvider = {
  ...native,
  hmac: noble.hmac,
  aesGcm: noble.aesGcm,
  aesCtr: noble.aesCtr,
  chacha20: noble.chacha20,
  poly1305: noble.poly1305,
};
const { batchedAesGcm, batchedAesCtr, batchedHmac } = await webCrypto();
export const batched: CryptoProvider = {
  ...native,
  batchedAesGcm: batchedAesGcm!,
  batchedAesCtr: batchedAesCtr!,
  batchedHmac: batchedHmac!,
};
/** The ciphers that it seals and opens behind promises. */
export const batchedPairs: readonly Pair[] = pairs.filter(
  ([cipher, mac]) => cipher.includes('gcm') || (/^aes(128|256)-ctr$/.test(cipher) && /sha.*-etm/.test(mac)),
);

/** One of each way to protect a packet. */
export const kinds: readonly Pair[] = [
  ['aes128-gcm@openssh.com', 'hmac-sha2-256'],
  ['chacha20-poly1305@openssh.com', 'hmac-sha2-256'],
  ['aes128-ctr', 'hmac-sha2-256-etm@openssh.com'],
  ['aes128-ctr', 'hmac-sha2-256'],
  ['aes128-cbc', 'hmac-sha1-etm@openssh.com'],
  ['aes128-cbc', 'hmac-sha1'],
];

/** To hide where a fault was, CBC computes a MAC over 256 KiB. If that is JavaScript, only this cipher has many bits flipped: the others run the same code. */
const FIRST_CBC = 'aes128-cbc';
const isHidden = (cipher: string, mac: string): boolean => cipher.includes('cbc') && !mac.includes('etm');

/**
 * Every bit for one of each kind; for the others, which differ in keys and tags, every bit of the length and one of each byte,
 * or of every fourth byte if the MAC is JavaScript with every provider.
 */
export function bitsOf(moment: Moment, cipher: string, mac: string): readonly number[] {
  const bits = Array.from({ length: moment.packet.length * 8 }, (_, bit) => bit);
  if (kinds.some((kind) => kind[0] === cipher && kind[1] === mac)) return bits;
  const isSlow = mac.includes('md5') && isHidden(cipher, mac);
  if (isSlow && cipher !== FIRST_CBC) return someBitsOf(moment, cipher, mac);
  const step = isSlow ? 4 : 1;
  return bits.filter((bit) => bit < 32 || (bit % 8 === (bit >> 3) % 8 && (bit >> 3) % step === 0));
}

/** A bit of each part, packet_length, padding_length, number, channel, data, padding and tag: twice, where nothing hides the fault for long. */
export function someBitsOf({ packet, tagLength }: Moment, cipher: string, mac: string): readonly number[] {
  const tag = packet.length - tagLength;
  const once = [1, 4, 5, 9, 15, tag - 1, tag];
  const again = [0, 2, 3, 20, tag + (tagLength >> 1), packet.length - 1];
  return [...once, ...(isHidden(cipher, mac) ? [] : again)].map((byte) => byte * 8 + (byte % 8));
}

export async function expectOneEnd({ packet, receive, read }: Moment, bits: readonly number[]): Promise<void> {
  expect(await receive(packet)).toEqual({ error: undefined, said: '', delivered: 6, needed: 0 });
  const wrong: string[] = [];
  const ends = new Set<string>();
  for (const bit of bits) {
    const changed = packet.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const { needed, error, delivered, said } = await receive(changed);
    const isRight = error === 'MacError' && delivered === 0 && needed <= MAXIMUM_PACKET;
    if (!isRight) wrong.push(`bit ${bit}: ${error}, ${delivered} bytes delivered, after ${needed} more`);
    ends.add(said);
  }
  expect(wrong).toEqual([]);
  expect(ends.size).toBe(1);
  for (const said of ends) expect(read(said).subarray(0, 5)).toEqual(concat([1], uint32(5)));
}

/** Roles and providers beside the server with `node:crypto`, and what each is for. */
export const others: readonly (readonly [role: Role, name: string, crypto: CryptoProvider, pairs: readonly Pair[]])[] =
  [
    ['client', 'native', native, pairs],
    ['server', 'portable', portable, pairs],
    ['client', 'portable', portable, pairs],
    ['client', 'batched', batched, batchedPairs],
  ];
