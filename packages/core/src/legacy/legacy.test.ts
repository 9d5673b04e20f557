/** RFC 4253 §6.3, §6.4: rows of `@nacre/core/legacy` against known answers, and what CBC must hide. */
import { describe, expect, test } from 'vitest';
import type { CipherAlgorithm, MacAlgorithm, PacketCipher } from '../algorithms/algorithm.js';
import { noble } from '../crypto/noble.js';
import { MacError } from '../errors.js';
import { legacy } from './table.js';

const hex = (digits: string): Uint8Array =>
  Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const sha1 = legacy.macs['hmac-sha1'];
const ciphers = Object.entries<CipherAlgorithm>(legacy.ciphers);
const macs = Object.entries<MacAlgorithm>(legacy.macs);

function create(cipher: CipherAlgorithm, mac: MacAlgorithm): PacketCipher {
  const fill = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index * 3);
  return cipher.create(
    noble,
    { key: fill(cipher.keyLength), iv: fill(cipher.ivLength), macKey: fill(mac.keyLength) },
    mac,
  );
}

function seal(cipher: PacketCipher, sequenceNumber: number, blocks: number): Uint8Array {
  const length = cipher.blockLength * blocks + (cipher.lengthIsApart ? 4 : 0);
  const packet = new Uint8Array(length + cipher.tagLength).fill(blocks);
  new DataView(packet.buffer).setUint32(0, length - 4);
  cipher.seal(sequenceNumber, packet);
  return packet;
}

function open(cipher: PacketCipher, sequenceNumber: number, packet: Uint8Array): number {
  const length = cipher.openLength(sequenceNumber, packet.subarray(0, cipher.headLength));
  cipher.open(sequenceNumber, packet);
  return length;
}

/** NIST SP 800-38A §F.2.1, §F.2.3, §F.2.5: the first two blocks. */
test.each([
  [
    'aes128-cbc',
    '2b7e151628aed2a6abf7158809cf4f3c',
    '7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2',
  ],
  [
    'aes192-cbc',
    '8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b',
    '4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a',
  ],
  [
    'aes256-cbc',
    '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
    'f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d',
  ],
  [
    'rijndael-cbc@lysator.liu.se',
    '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
    'f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d',
  ],
] as const)('SP 800-38A: %s', (name, key, expected) => {
  const plain = hex('6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51');
  const keys = { key: hex(key), iv: hex('000102030405060708090a0b0c0d0e0f'), macKey: new Uint8Array(20) };
  const packet = new Uint8Array(plain.length + sha1.tagLength);
  packet.set(plain);
  const cipher = legacy.ciphers[name].create(noble, keys, sha1);
  cipher.seal(0, packet);
  expect(packet.subarray(0, plain.length)).toEqual(hex(expected));
  expect(cipher.counter()).toEqual(hex(expected).slice(16));
});

/** RFC 2202 §2, §3: test case 2, and its first 12 bytes. */
test.each([
  ['hmac-sha1', 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  ['hmac-sha1-96', 'effcdf6ae5eb2fa2d27416d5'],
  ['hmac-md5', '750c783e6ab0b503eaa86e310a5db738'],
  ['hmac-md5-96', '750c783e6ab0b503eaa86e31'],
] as const)('RFC 2202: %s', (name, expected) => {
  const mac = legacy.macs[name];
  const tag = mac.create(noble, text('Jefe'))(text('what do ya want '), text('for nothing?'));
  expect(tag.slice(0, mac.tagLength)).toEqual(hex(expected));
  expect(legacy.macs[`${name}-etm@openssh.com`]).toMatchObject({ tagLength: mac.tagLength, encryptThenMac: true });
});

describe.each(ciphers)('%s', (_cipher, cipher) => {
  test.each(macs)('with %s: opens what it sealed, packet after packet, and nothing that was changed', (_mac, mac) => {
    const sender = create(cipher, mac);
    const receiver = create(cipher, mac);
    for (const [sequenceNumber, blocks] of [1, 2, 64, 3].entries()) {
      const packet = seal(sender, sequenceNumber, blocks);
      expect(open(receiver, sequenceNumber, packet)).toBe(packet.length - 4 - mac.tagLength);
      expect(packet.subarray(4, packet.length - mac.tagLength)).toEqual(
        new Uint8Array(packet.length - 4 - mac.tagLength).fill(blocks),
      );
    }
    const length = seal(create(cipher, mac), 7, 2).length;
    for (let byte = 0; byte < length; byte += 1) {
      const packet = seal(create(cipher, mac), 7, 2);
      packet[byte]! ^= 0x10;
      expect(() => open(create(cipher, mac), 7, packet), `byte ${byte}`).toThrow(MacError);
    }
  });

  test('CVE-2008-5161: conceals faults by as much work as a packet takes where the MAC is of the plain one, and only there', () => {
    const authenticated: number[] = [];
    const counting: MacAlgorithm = {
      ...sha1,
      create: (crypto, key) => {
        const authenticate = sha1.create(crypto, key);
        return (...parts) => {
          authenticated.push(...parts.map(({ length }) => length));
          return authenticate(...parts);
        };
      },
    };
    create(cipher, counting).concealFault?.(35_000);
    expect(authenticated).toEqual([35_000]);
    expect(create(cipher, legacy.macs['hmac-sha1-etm@openssh.com']).concealFault).toBeUndefined();
  });
});
