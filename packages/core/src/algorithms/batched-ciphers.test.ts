/** Which packets are sealed and opened with promises, and where their key streams and nonces start. */
import { describe, expect, test } from 'vitest';
import { noble } from '../crypto/noble.js';
import type { CryptoProvider } from '../crypto/provider.js';
import { webCrypto } from '../crypto/web-crypto.js';
import { legacy } from '../legacy/table.js';
import type { BatchedPacketCipher, CipherAlgorithm, CipherKeys, MacAlgorithm } from './algorithm.js';
import * as table from './table.js';

const ciphers: Readonly<Record<string, CipherAlgorithm>> = { ...table.ciphers, ...legacy.ciphers };
const macs: Readonly<Record<string, MacAlgorithm>> = { ...table.macs, ...legacy.macs };
const provider = await webCrypto();

function keysFor(cipher: string, mac: string, iv = 2): CipherKeys {
  return {
    key: new Uint8Array(ciphers[cipher]!.keyLength).fill(1),
    iv: new Uint8Array(ciphers[cipher]!.ivLength).fill(iv),
    macKey: new Uint8Array(macs[mac]!.keyLength).fill(3),
  };
}

function batched(cipher: string, mac: string, crypto: CryptoProvider, iv?: number): BatchedPacketCipher | undefined {
  return ciphers[cipher]!.createBatched?.(crypto, keysFor(cipher, mac, iv), macs[mac]);
}

/** A packet of whole blocks in plain text, with room for its tag. */
function plainPacket(blocks: number, tagLength: number): Uint8Array {
  const packet = Uint8Array.from({ length: 4 + blocks * 16 + tagLength }, (_, index) => index * 7);
  new DataView(packet.buffer).setUint32(0, blocks * 16);
  return packet;
}

const gcm = ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'];
const ctr = ['aes128-ctr', 'aes256-ctr'];
const etm = Object.keys(macs).filter((name) => name.includes('-etm') && !name.includes('md5'));
const pairs = [
  ...gcm.map((cipher) => [cipher, 'hmac-sha2-256'] as const),
  ...ctr.flatMap((cipher) => etm.map((mac) => [cipher, mac] as const)),
];

test('are those of AES-GCM, and of AES-CTR with a MAC of what is encrypted, where the provider has all of it', () => {
  const everything = Object.keys(ciphers).flatMap((cipher) => Object.keys(macs).map((mac) => [cipher, mac] as const));
  const found = everything.filter(([cipher, mac]) => batched(cipher, mac, provider) !== undefined);
  const expected = everything.filter(
    ([cipher, mac]) => gcm.includes(cipher) || (ctr.includes(cipher) && etm.includes(mac)),
  );
  expect(found).toEqual(expected);
  const { batchedAesCtr, batchedHmac } = provider;
  const poor = [noble, { ...noble, batchedAesCtr: batchedAesCtr! }, { ...noble, batchedHmac: batchedHmac! }];
  for (const crypto of poor) expect(batched('aes128-ctr', 'hmac-sha2-256-etm@openssh.com', crypto)).toBeUndefined();
});

describe.each(pairs)('%s with %s', (cipher, mac) => {
  const alone = (iv?: number) => ciphers[cipher]!.create(noble, keysFor(cipher, mac, iv), macs[mac]);

  test.each([2, 0xff])('many at once are what noble makes of them one by one, from a counter of %i', async (iv) => {
    const [ours, theirs] = [batched(cipher, mac, provider, iv)!, alone(iv)];
    const plain = [2, 1, 3, 64, 1, 130, 1].map((blocks) => plainPacket(blocks, theirs.tagLength));
    const sealed = plain.map((packet) => packet.slice());
    const numberOf = (index: number): number => (0xffff_fffd + index) >>> 0;
    await Promise.all(sealed.map((packet, index) => ours.seal(numberOf(index), packet)));
    const expected = plain.map((packet) => packet.slice());
    for (const [index, packet] of expected.entries()) theirs.seal(numberOf(index), packet);
    expect(sealed).toEqual(expected);
    expect(ours.counter()).toEqual(theirs.counter());
    const receiver = batched(cipher, mac, provider, iv)!;
    const opened = await Promise.all(sealed.map((packet, index) => receiver.open(numberOf(index), packet)));
    expect(opened).toEqual(plain.map((packet) => packet.slice(4, -theirs.tagLength)));
    expect(receiver.counter()).toEqual(theirs.counter());
  });

  test('a packet of which any byte is changed does not open, and the next one does', async () => {
    const sender = alone();
    const packets = [plainPacket(1, sender.tagLength), plainPacket(2, sender.tagLength)] as const;
    for (const [index, packet] of packets.entries()) sender.seal(index, packet);
    const taken: number[] = [];
    for (let byte = 0; byte < packets[0].length; byte += 1) {
      const changed = packets[0].slice();
      changed[byte]! ^= 1 << (byte % 8);
      const receiver = batched(cipher, mac, provider)!;
      const [first, second] = await Promise.all([receiver.open(0, changed), receiver.open(1, packets[1])]);
      if (first !== undefined || second === undefined) taken.push(byte);
    }
    expect(taken).toEqual([]);
  });
});

test('a packet under another sequence number does not open', async () => {
  const [cipher, mac] = ['aes128-ctr', 'hmac-sha2-256-etm@openssh.com'];
  const packet = plainPacket(1, 32);
  await batched(cipher, mac, provider)!.seal(7, packet);
  expect(await batched(cipher, mac, provider)!.open(8, packet)).toBeUndefined();
  expect(await batched(cipher, mac, provider)!.open(7, packet)).toBeDefined();
});

test('AES-CTR frees what was encrypted and what was authenticated, and what it opens has memory of its own', async () => {
  const [cipher, mac] = ['aes128-ctr', 'hmac-sha2-256-etm@openssh.com'];
  const freed: number[] = [];
  const freeing = await webCrypto({ release: (memory) => freed.push(memory.byteLength) });
  const packet = plainPacket(2, 32);
  await batched(cipher, mac, freeing)!.seal(7, packet);
  expect(freed).toEqual([32, 4 + 4 + 32]);
  const receiver = batched(cipher, mac, freeing)!;
  const plain = await receiver.open(7, packet);
  expect(plain!.buffer.byteLength).toBe(32);
  expect(freed).toEqual([32, 4 + 4 + 32, 4 + 4 + 32]);
  receiver.release!(plain!.buffer as ArrayBuffer);
  expect(freed).toHaveLength(4);
});

describe('counters', () => {
  const counters: Uint8Array[] = [];
  const seal = async (nonce: Uint8Array): Promise<void> => void counters.push(nonce);
  const apply = async (counter: Uint8Array, bytes: Uint8Array): Promise<Uint8Array> => {
    counters.push(counter);
    return bytes;
  };
  const crypto: CryptoProvider = {
    ...provider,
    batchedAesGcm: () => ({ seal, open: async () => undefined }),
    batchedAesCtr: () => ({ apply }),
  };
  const read = ({ buffer, byteOffset, length }: Uint8Array): bigint =>
    new DataView(buffer, byteOffset).getBigUint64(length - 8);

  test.each([
    { cipher: 'aes128-gcm@openssh.com', tagLength: 16, step: () => 1 },
    { cipher: 'aes128-ctr', tagLength: 32, step: (blocks: number) => blocks },
  ])('of $cipher go on in the order of packets, and stay as they are while those wait', async (row) => {
    counters.length = 0;
    const sender = batched(row.cipher, 'hmac-sha2-256-etm@openssh.com', crypto)!;
    const blocks = Array.from({ length: 150 }, (_, index) => 1 + (index % 5));
    await Promise.all(blocks.map((count, index) => sender.seal(index, plainPacket(count, row.tagLength))));
    let expected = 0x0202020202020202n;
    for (const [index, count] of blocks.entries()) {
      expect(read(counters[index]!)).toBe(expected);
      expected += BigInt(row.step(count));
    }
    expect(read(sender.counter())).toBe(expected);
  });
});
