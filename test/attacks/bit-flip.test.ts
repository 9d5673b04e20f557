/**
 * W22: a bit flipped anywhere in a packet ends the connection, for every cipher and MAC, in both roles, always in the same way. There is
 * one handshake per pair; its snapshot is then resumed once for each flipped bit.
 */
import { SnapshotRefusedError } from '@nacre/core';
import type { CryptoProvider } from '@nacre/core/crypto';
import { noble } from '@nacre/core/noble';
import { webCrypto } from '@nacre/core/web-crypto';
import { nodeCrypto } from '@nacre/edge/node-crypto';
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../packages/core/src/engine/engine.js';
import { takeSnapshot } from '../../packages/core/src/engine/snapshot.js';
import { MAXIMUM_PACKET } from '../../packages/core/src/transport/packet-reader.js';
import { concat, uint32 } from './bytes.js';
import { allCiphers, allMacs, moment, type Moment } from './lives.js';

/** With an AEAD the MAC is ignored, so any will do. */
const pairs = Object.entries(allCiphers).flatMap(([cipher, { aead }]) =>
  (aead ? ['hmac-sha2-256'] : Object.keys(allMacs)).map((mac) => [cipher, mac] as const),
);

/** Randomness that is the same in every life, so that the padding is too. */
const random = (length: number): Uint8Array => new Uint8Array(length);
const native: CryptoProvider = { ...nodeCrypto, random };
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
const batched: CryptoProvider = {
  ...native,
  batchedAesGcm: batchedAesGcm!,
  batchedAesCtr: batchedAesCtr!,
  batchedHmac: batchedHmac!,
};
/** The ciphers that it seals and opens behind promises. */
const batchedPairs = pairs.filter(
  ([cipher, mac]) => cipher.includes('gcm') || (/^aes(128|256)-ctr$/.test(cipher) && /sha.*-etm/.test(mac)),
);

/** One of each way to protect a packet. */
const kinds = [
  ['aes128-gcm@openssh.com', 'hmac-sha2-256'],
  ['chacha20-poly1305@openssh.com', 'hmac-sha2-256'],
  ['aes128-ctr', 'hmac-sha2-256-etm@openssh.com'],
  ['aes128-ctr', 'hmac-sha2-256'],
  ['aes128-cbc', 'hmac-sha1-etm@openssh.com'],
  ['aes128-cbc', 'hmac-sha1'],
] as const;

/** To hide where a fault was, CBC computes a MAC over 256 KiB. If that is JavaScript, only this cipher has many bits flipped: the others run the same code. */
const FIRST_CBC = 'aes128-cbc';
const isHidden = (cipher: string, mac: string): boolean => cipher.includes('cbc') && !mac.includes('etm');

/**
 * Every bit for one of each kind; for the others, which differ in keys and tags, every bit of the length and one of each byte,
 * or of every fourth byte if the MAC is JavaScript with every provider.
 */
function bitsOf(moment: Moment, cipher: string, mac: string): readonly number[] {
  const bits = Array.from({ length: moment.packet.length * 8 }, (_, bit) => bit);
  if (kinds.some((kind) => kind[0] === cipher && kind[1] === mac)) return bits;
  const isSlow = mac.includes('md5') && isHidden(cipher, mac);
  if (isSlow && cipher !== FIRST_CBC) return someBitsOf(moment, cipher, mac);
  const step = isSlow ? 4 : 1;
  return bits.filter((bit) => bit < 32 || (bit % 8 === (bit >> 3) % 8 && (bit >> 3) % step === 0));
}

/** A bit of each part, packet_length, padding_length, number, channel, data, padding and tag: twice, where nothing hides the fault for long. */
function someBitsOf({ packet, tagLength }: Moment, cipher: string, mac: string): readonly number[] {
  const tag = packet.length - tagLength;
  const once = [1, 4, 5, 9, 15, tag - 1, tag];
  const again = [0, 2, 3, 20, tag + (tagLength >> 1), packet.length - 1];
  return [...once, ...(isHidden(cipher, mac) ? [] : again)].map((byte) => byte * 8 + (byte % 8));
}

async function expectOneEnd({ packet, receive, read }: Moment, bits: readonly number[]): Promise<void> {
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

/** The provider of the primitives, and the ciphers they are for. */
const others = [
  ['client', 'native', native, pairs],
  ['server', 'portable', portable, pairs],
  ['client', 'portable', portable, pairs],
  ['client', 'batched', batched, batchedPairs],
] as const;

describe.each(others)('W22 a bit flipped in each part of a packet: %s, %s', (role, _name, crypto, some) => {
  test.each(some)('%s with %s', async (cipher, mac) => {
    const one = await moment(role, cipher, mac, crypto);
    await expectOneEnd(one, someBitsOf(one, cipher, mac));
  });
});

/** 64 KiB more than there are, where the length can be changed so; else what fails at once, and is concealed. */
const CHANGED_LENGTH = 1;

describe('W22 a packet that was changed, and then crumbs', () => {
  /** One byte of a packet that never ends, every `gap` ms for `duration` ms. */
  function crumbs({ packet, start }: Moment, changed: number, gap: number, duration: number): Engine {
    const { engine } = start();
    engine.receive(
      packet.map((byte, index) => (index === changed ? byte ^ 1 : byte)),
      0,
    );
    for (let now = gap; now <= duration && !engine.isClosed; now += gap) engine.receive(new Uint8Array(1), now);
    return engine;
  }

  test.each(kinds)('are waited for no longer than 30 s: %s with %s', async (cipher, mac) => {
    const one = await moment('server', cipher, mac, native);
    expect(crumbs(one, CHANGED_LENGTH, 500, 30_000).isClosed).toBe(false);
    expect(crumbs(one, CHANGED_LENGTH, 500, 30_500).isClosed).toBe(true);
  });

  test('and just as long where it is the tag, and CBC does not show it', async () => {
    const one = await moment('server', 'aes128-cbc', 'hmac-sha1', native);
    const last = one.packet.length - 1;
    expect(crumbs(one, last, 500, 30_000).isClosed).toBe(false);
    expect(crumbs(one, last, 500, 30_500).isClosed).toBe(true);
  });

  test.each(kinds)('while a machine that slept in the middle may go on: %s with %s', async (cipher, mac) => {
    const one = await moment('server', cipher, mac, native);
    expect(crumbs(one, CHANGED_LENGTH, 3_600_000, 10 * 3_600_000).isClosed).toBe(false);
  });

  test('nor does a snapshot forget a fault that is concealed', async () => {
    const one = await moment('server', 'aes128-cbc', 'hmac-sha1', native);
    const freeze = (changed: number): Uint8Array => takeSnapshot(crumbs(one, changed, 500, 0), new Uint8Array(0));
    expect(freeze(-1).length).toBeGreaterThan(0);
    expect(() => freeze(one.packet.length - 1)).toThrow(SnapshotRefusedError);
  });
});
