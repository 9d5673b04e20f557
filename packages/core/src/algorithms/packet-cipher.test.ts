/** RFC 4253 §6: properties of every cipher with every MAC. */
import { createCipheriv } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noble } from '../crypto/noble.js';
import { MacError } from '../errors.js';
import type { CipherAlgorithm, CipherKeys, MacAlgorithm, PacketCipher } from './algorithm.js';
import { ciphers, macs } from './table.js';

interface Suite {
  readonly name: string;
  readonly cipher: CipherAlgorithm;
  readonly mac: MacAlgorithm | undefined;
}

const suites: readonly Suite[] = Object.entries<CipherAlgorithm>(ciphers).flatMap<Suite>(([name, cipher]) =>
  cipher.aead
    ? [{ name, cipher, mac: undefined }]
    : Object.entries<MacAlgorithm>(macs).map(([mac, row]) => ({ name: `${name} ${mac}`, cipher, mac: row })),
);

function series(length: number, start: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (start + index * 7) & 0xff);
}

function keysFor({ cipher, mac }: Suite): CipherKeys {
  return {
    key: series(cipher.keyLength, 1),
    iv: series(cipher.ivLength, 2),
    macKey: series(mac?.keyLength ?? 0, 3),
  };
}

function create(suite: Suite, keys = keysFor(suite)): PacketCipher {
  return suite.cipher.create(noble, keys, suite.mac);
}

/** A plain packet whose padded part has `blocks` blocks, with room for the tag, at an odd offset as in a chunk of input. */
function plainPacket(cipher: PacketCipher, blocks: number): Uint8Array {
  const length = cipher.blockLength * blocks + (cipher.lengthIsApart ? 4 : 0);
  const packet = new Uint8Array(length + cipher.tagLength + 3).subarray(3);
  for (let index = 4; index < length; index += 1) packet[index] = (index * 31) & 0xff;
  new DataView(packet.buffer, packet.byteOffset).setUint32(0, length - 4);
  return packet;
}

function body(cipher: PacketCipher, packet: Uint8Array): Uint8Array {
  return packet.slice(4, packet.length - cipher.tagLength);
}

function sealed(cipher: PacketCipher, sequenceNumber: number, blocks: number): Uint8Array {
  const packet = plainPacket(cipher, blocks);
  cipher.seal(sequenceNumber, packet);
  return packet;
}

function open(cipher: PacketCipher, sequenceNumber: number, packet: Uint8Array): Uint8Array {
  const length = cipher.openLength(sequenceNumber, packet.subarray(0, cipher.headLength));
  const plain = cipher.open(sequenceNumber, packet);
  expect(plain).toHaveLength(length);
  return plain;
}

/** A faster `toThrow(MacError)`. */
function isRefused(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch (error) {
    return error instanceof MacError;
  }
}

describe.each(suites)('$name', (suite) => {
  test('opens what it sealed, packet after packet', () => {
    const sender = create(suite);
    const receiver = create(suite);
    for (const [index, blocks] of [1, 2, 3, 64, 2049, 1].entries()) {
      const sequenceNumber = 0xffff_fffd + index;
      const packet = sealed(sender, sequenceNumber >>> 0, blocks);
      const plain = plainPacket(sender, blocks);
      expect(body(sender, packet)).not.toEqual(body(sender, plain));
      expect(open(receiver, sequenceNumber >>> 0, packet)).toEqual(body(sender, plain));
    }
  });

  test('§6.4: refuses a packet of which any one bit is changed', () => {
    const good = sealed(create(suite), 7, 2);
    const taken: number[] = [];
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const packet = good.slice();
      packet[bit >> 3]! ^= 1 << (bit & 7);
      if (!isRefused(() => open(create(suite), 7, packet))) taken.push(bit);
    }
    expect(taken).toEqual([]);
  });

  test('§6.4: refuses a packet under another sequence number or invocation', () => {
    const packet = sealed(create(suite), 7, 2);
    const receiver = create(suite);
    if (suite.name.includes('gcm')) sealed(receiver, 0, 1);
    expect(() => open(receiver, 8, packet)).toThrow(MacError);
  });

  test('goes on from its counter in a cipher made anew', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 }),
        fc.nat(5),
        (sizes, cut) => {
          const keys = keysFor(suite);
          let sender = create(suite, keys);
          let receiver = create(suite, keys);
          for (const [sequenceNumber, blocks] of sizes.entries()) {
            if (sequenceNumber === cut) {
              expect(receiver.counter()).toEqual(sender.counter());
              sender = create(suite, { ...keys, iv: sender.counter() });
              receiver = create(suite, { ...keys, iv: receiver.counter() });
            }
            const packet = sealed(sender, sequenceNumber, blocks);
            expect(open(receiver, sequenceNumber, packet)).toEqual(body(sender, plainPacket(sender, blocks)));
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('leaves the keys that it was given as they are', () => {
    const keys = keysFor(suite);
    sealed(create(suite, keys), 0, 3);
    expect(keys).toEqual(keysFor(suite));
  });
});

test('RFC 4344 §4: the counter of AES-CTR carries over all 16 bytes', () => {
  const suite = { name: 'aes128-ctr', cipher: ciphers['aes128-ctr'], mac: macs['hmac-sha2-256-etm@openssh.com'] };
  const cipher = create(suite, { ...keysFor(suite), iv: new Uint8Array(16).fill(0xff) });
  sealed(cipher, 0, 3);
  expect(cipher.counter()).toEqual(Uint8Array.from({ length: 16 }, (_, index) => (index === 15 ? 2 : 0)));
});

test('RFC 4344 §4: an encrypted head that was read goes on from its counter', () => {
  const suite = { name: 'aes128-ctr', cipher: ciphers['aes128-ctr'], mac: macs['hmac-sha2-256'] };
  const keys = keysFor(suite);
  const packet = sealed(create(suite, keys), 0, 5);
  const receiver = create(suite, keys);
  receiver.openLength(0, packet.subarray(0, 16));
  const plain = create(suite, { ...keys, iv: receiver.counter() }).open(0, packet);
  expect(plain).toEqual(body(receiver, plainPacket(receiver, 5)));
});

test('PROTOCOL.chacha20poly1305: the second key is the length’s, and the tag covers both parts as they are encrypted', () => {
  const suite = { name: 'chacha20', cipher: ciphers['chacha20-poly1305@openssh.com'], mac: undefined };
  const { key } = keysFor(suite);
  const stream = (secret: Uint8Array, block: number, text: Uint8Array): Uint8Array => {
    const iv = Uint8Array.of(block, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 7);
    return createCipheriv('chacha20', secret, iv).update(text);
  };
  const [packetKey, lengthKey] = [key.subarray(0, 32), key.subarray(32)];
  const plain = plainPacket(create(suite), 3);
  const encrypted = Uint8Array.of(
    ...stream(lengthKey, 0, plain.subarray(0, 4)),
    ...stream(packetKey, 1, plain.subarray(4, -16)),
  );
  const tag = noble.poly1305(stream(packetKey, 0, new Uint8Array(32)), encrypted);
  expect(sealed(create(suite), 0xff00_0007, 3)).toEqual(Uint8Array.of(...encrypted, ...tag));
});

test('RFC 5647 §7.1: the invocation counter is the last 8 bytes and wraps within them', () => {
  const suite = { name: 'aes128-gcm@openssh.com', cipher: ciphers['aes128-gcm@openssh.com'], mac: undefined };
  const cipher = create(suite, { ...keysFor(suite), iv: new Uint8Array(12).fill(0xff) });
  sealed(cipher, 0, 1);
  expect(cipher.counter()).toEqual(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0));
});

test('RFC 5647 §7.1: the invocation counter goes up by one with each packet and carries', () => {
  const suite = { name: 'aes128-gcm@openssh.com', cipher: ciphers['aes128-gcm@openssh.com'], mac: undefined };
  const cipher = create(suite, { ...keysFor(suite), iv: Uint8Array.of(9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 254) });
  sealed(cipher, 0, 1);
  expect(cipher.counter()).toEqual(Uint8Array.of(9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 255));
  sealed(cipher, 1, 1);
  expect(cipher.counter()).toEqual(Uint8Array.of(9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 1, 0));
});

test.each(suites.filter(({ cipher }) => !cipher.aead))('$name: a packet cut short is a MAC error', (suite) => {
  const cipher = create(suite);
  const packet = sealed(cipher, 0, 3).subarray(0, cipher.tagLength + 4);
  expect(() => create(suite).open(0, packet)).toThrow(MacError);
});

test.each(suites.filter(({ cipher }) => !cipher.aead))(
  '$name: a packet that is not of whole blocks is a MAC error, though its tag holds',
  (suite) => {
    const cipher = create(suite);
    const packet = plainPacket(cipher, 3).subarray(0, -8);
    cipher.seal(0, packet);
    const receiver = create(suite);
    receiver.openLength(0, packet.subarray(0, receiver.headLength));
    expect(() => receiver.open(0, packet)).toThrow(MacError);
  },
);

const verifiedFirst = suites.filter(({ name, mac }) => name.startsWith('chacha20') || mac?.encryptThenMac === true);

test.each(verifiedFirst)('Security: $name: a packet is decrypted only if its tag is right', (suite) => {
  let decrypted = 0;
  const counting: typeof noble = {
    ...noble,
    aesCtr: (...words) => {
      const stream = noble.aesCtr(...words);
      return { apply: (bytes) => ((decrypted += bytes.length), stream.apply(bytes)) };
    },
    chacha20: (key, nonce, bytes, counter) => {
      // Block 0 is the key of the tag, and that of the length.
      if (counter > 0) decrypted += bytes.length;
      return noble.chacha20(key, nonce, bytes, counter);
    },
  };
  const decryptedOf = (packet: Uint8Array): number => {
    decrypted = 0;
    const receiver = suite.cipher.create(counting, keysFor(suite), suite.mac);
    receiver.openLength(0, packet.subarray(0, receiver.headLength));
    isRefused(() => receiver.open(0, packet));
    return decrypted;
  };
  const packet = sealed(create(suite), 0, 3);
  const forged = packet.slice();
  forged[forged.length - 1]! ^= 1;
  expect(decryptedOf(forged)).toBe(0);
  expect(decryptedOf(packet)).toBe(3 * create(suite).blockLength);
});
