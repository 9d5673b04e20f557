/** RFC 4253 §6 with batched ciphers: the result is the same as with synchronous ones. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aesCtr } from '../algorithms/aes-ctr.js';
import { aesGcm } from '../algorithms/aes-gcm.js';
import type { CipherAlgorithm, CipherKeys, MacAlgorithm } from '../algorithms/algorithm.js';
import { hmacWith } from '../algorithms/hmac.js';
import { packetCipherNone } from '../algorithms/none.js';
import { noble } from '../crypto/noble.js';
import type { CryptoProvider } from '../crypto/provider.js';
import { MacError } from '../errors.js';
import { PacketReader } from './packet-reader.js';
import { PacketWriter } from './packet-writer.js';
import { RandomPool } from './random-pool.js';

interface Kind {
  readonly name: string;
  readonly row: CipherAlgorithm;
  readonly mac?: MacAlgorithm;
}

const kinds: readonly Kind[] = [
  { name: 'AES-GCM', row: aesGcm(16) },
  { name: 'AES-CTR', row: aesCtr(16), mac: hmacWith('sha256', true) },
];

/** noble behind promises that settle in reverse order; `failure` rejects them instead. */
function slow(failure?: Error): CryptoProvider {
  let turns = 20;
  const later = async <T>(compute: () => T): Promise<T> => {
    turns = turns > 1 ? turns - 1 : 20;
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    if (failure !== undefined) throw failure;
    return compute();
  };
  return {
    ...noble,
    batchedAesGcm: (key) => ({
      seal: (nonce, packet, aadLength) => later(() => noble.aesGcm(key).seal(nonce, packet, aadLength)),
      open: (nonce, packet, aadLength) => later(() => noble.aesGcm(key).open(nonce, packet, aadLength)),
    }),
    batchedAesCtr: (key) => ({
      apply: (counter, bytes) =>
        later(() => {
          const result = bytes.slice();
          noble.aesCtr(key, counter).apply(result);
          return result;
        }),
    }),
    batchedHmac: (name, key) => {
      const authenticate = noble.hmac(name, key);
      return (...parts) => later(() => authenticate(...parts));
    },
  };
}

const payloads = (count: number) =>
  Array.from({ length: count }, (_, index) => new Uint8Array(index * 9 + 1).fill(index + 1));

function write(writer: PacketWriter, payload: Uint8Array): void {
  writer.begin(payload.length).fixed(payload);
  writer.finish();
}

const join = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** All payloads that can be read now, copied. */
async function readAll(reader: PacketReader): Promise<Uint8Array[]> {
  const read: Uint8Array[] = [];
  for (;;) {
    const payload = reader.next();
    if (payload !== undefined) read.push(payload.slice());
    else if (reader.opening === undefined) return read;
    else await reader.opening;
  }
}

describe.each(kinds)('$name', ({ row, mac }) => {
  const keysOf = (key: number, iv: number): CipherKeys => ({
    key: new Uint8Array(16).fill(key),
    iv: new Uint8Array(row.ivLength).fill(iv),
    macKey: new Uint8Array(mac?.keyLength ?? 0).fill(key + 1),
  });
  const KEYS = keysOf(1, 2);
  const NEW_KEYS = keysOf(3, 4);
  const batched = (keys = KEYS, provider = slow()) => row.createBatched!(provider, keys, mac)!;
  const alone = (keys = KEYS) => row.create(noble, keys, mac);
  function createWriter(keys = KEYS): PacketWriter {
    const writer = new PacketWriter(packetCipherNone, new RandomPool((length) => new Uint8Array(length)));
    writer.setCipher(alone(keys), true);
    return writer;
  }

  /** These payloads sealed by noble, packet by packet. */
  function sealed(list: readonly Uint8Array[], keys = KEYS): Uint8Array[] {
    const writer = createWriter(keys);
    return list.map((payload) => {
      write(writer, payload);
      return writer.take();
    });
  }

  function createReader(keys = KEYS, provider = slow()): PacketReader {
    const reader = new PacketReader(packetCipherNone);
    reader.setCipher(batched(keys, provider), true);
    return reader;
  }

  describe('opening', () => {
    test('hands out the packets of a chunk in order, with one wait', async () => {
      const list = payloads(5);
      const reader = createReader();
      reader.push(join(...sealed(list)));
      expect(reader.next()).toBeUndefined();
      const { opening } = reader;
      await opening;
      for (const [index, payload] of list.entries()) {
        expect(reader.next()).toEqual(payload);
        expect(reader.sequenceNumber).toBe(index + 1);
      }
      expect(reader.next()).toBeUndefined();
      expect(reader.opening).toBeUndefined();
      expect(reader.waiting).toBe(0);
    });

    test('gives what noble gives, wherever the bytes are cut and whenever they come', async () => {
      const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 12 });
      const cuts = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(sizes, cuts, fc.boolean(), async (lengths, pieces, waits) => {
          const list = lengths.map((length, index) => new Uint8Array(length).fill(index));
          const bytes = join(...sealed(list));
          const reader = createReader();
          const read: Uint8Array[] = [];
          for (let offset = 0, index = 0; offset < bytes.length; index += 1) {
            const length = pieces[index % pieces.length]!;
            reader.push(bytes.slice(offset, offset + length));
            offset += length;
            if (waits) read.push(...(await readAll(reader)));
            else read.push(...[reader.next() ?? []].flat().map((payload) => payload.slice()));
          }
          read.push(...(await readAll(reader)));
          expect(read).toEqual(list);
          expect(reader.sequenceNumber).toBe(list.length);
        }),
        { numRuns: 60 },
      );
    });

    test('the numbers of packets wrap in the middle of a batch', async () => {
      const [writer, reader, list] = [createWriter(), createReader(), payloads(4)];
      writer.sequenceNumber = reader.sequenceNumber = 0xffff_fffe;
      for (const payload of list) write(writer, payload);
      reader.push(writer.take());
      expect(await readAll(reader)).toEqual(list);
      expect(reader.sequenceNumber).toBe(2);
    });

    test.each([0, 2, 4])('delivers what comes before forged packet %i, and nothing behind it', async (forged) => {
      const list = payloads(5);
      const packets = sealed(list);
      packets[forged]![8]! ^= 1;
      const reader = createReader();
      reader.push(join(...packets));
      reader.next();
      await reader.opening;
      for (const payload of list.slice(0, forged)) expect(reader.next()).toEqual(payload);
      for (let again = 0; again < 3; again += 1) expect(() => reader.next()).toThrow(MacError);
    });

    test('a length that is not acceptable shows behind the packets before it', async () => {
      const list = payloads(2);
      const reader = createReader();
      reader.push(join(...sealed(list), new Uint8Array(16).fill(0xff)));
      reader.next();
      await reader.opening;
      for (const payload of list) expect(reader.next()).toEqual(payload);
      for (let again = 0; again < 3; again += 1) expect(() => reader.next()).toThrow(MacError);
    });

    test('a packet that is too long now is taken where one before it allows it', async () => {
      const reader = createReader();
      const large = new Uint8Array(40_000).fill(7);
      reader.push(join(...sealed([Uint8Array.of(52), large])));
      reader.next();
      await reader.opening;
      expect(reader.next()).toEqual(Uint8Array.of(52));
      reader.maximumPacketLength = 256 * 1024;
      expect(await readAll(reader)).toEqual([large]);
    });

    test('alone, nothing behind a packet is framed, so that keys may change inside a chunk', async () => {
      const [first, second] = [payloads(1), payloads(3)];
      const reader = createReader();
      reader.push(join(...sealed(first), ...sealed(second, NEW_KEYS)));
      expect(reader.next(true)).toBeUndefined();
      await reader.opening;
      expect(reader.next(true)).toEqual(first[0]);
      expect(reader.isAhead).toBe(false);
      reader.setCipher(batched(NEW_KEYS), true);
      expect(await readAll(reader)).toEqual(second);
    });

    describe('memory', () => {
      const long = (value: number) => new Uint8Array(20_000).fill(value);

      /** A reader whose cipher frees memory, as in a page: nobody can read it any more. */
      function freeing(): { reader: PacketReader; freed: number[] } {
        const freed: number[] = [];
        const release = (memory: ArrayBuffer): void => {
          freed.push(memory.byteLength);
          structuredClone(memory, { transfer: [memory] });
        };
        const crypto: CryptoProvider = {
          ...slow(),
          batchedAesGcm: (key) => ({
            ...slow().batchedAesGcm!(key),
            open: async (nonce, packet, aadLength) => noble.aesGcm(key).open(nonce, packet.slice(), aadLength),
            release,
          }),
          batchedAesCtr: (key) => ({ ...slow().batchedAesCtr!(key)!, release }),
        };
        return { reader: createReader(KEYS, crypto), freed };
      }

      test('of a chunk is freed when its packets are handed out, and those stay', async () => {
        const { reader, freed } = freeing();
        const chunk = join(...sealed([long(1), long(2)]));
        reader.push(chunk);
        expect(reader.next()).toBeUndefined();
        expect(chunk.length).toBeGreaterThan(40_000);
        await reader.opening;
        expect(reader.next()).toEqual(long(1));
        expect(freed).toHaveLength(0);
        expect(reader.next()).toEqual(long(2));
        expect(freed).toHaveLength(1);
        expect(chunk).toHaveLength(0);
      });

      test('of a packet that was cut is freed with it, wherever that was', async () => {
        const bytes = join(...sealed([long(1), long(2), long(3)]));
        for (const cut of [17_000, 20_040, 37_000]) {
          const { reader, freed } = freeing();
          const read: Uint8Array[] = [];
          for (const chunk of [bytes.slice(0, cut), bytes.slice(cut)]) {
            reader.push(chunk);
            read.push(...(await readAll(reader)));
          }
          expect(read).toEqual([long(1), long(2), long(3)]);
          expect(freed.length).toBeGreaterThan(1);
        }
      });

      test('of a chunk that is short, or has more beside it than what framed it, is left to the collector', async () => {
        const bytes = join(...sealed([long(1)]));
        for (const beside of [512, 513]) {
          const { reader, freed } = freeing();
          const memory = new Uint8Array(bytes.length + beside);
          memory.set(bytes, beside);
          reader.push(memory.subarray(beside));
          expect(await readAll(reader)).toEqual([long(1)]);
          expect(freed).toEqual(beside === 512 ? [bytes.length + beside] : []);
        }
        const { reader, freed } = freeing();
        for (let offset = 0; offset < bytes.length; offset += 16_383) reader.push(bytes.slice(offset, offset + 16_383));
        expect(await readAll(reader)).toEqual([long(1)]);
        expect(freed.filter((length) => length < 16_384)).toEqual([]);
      });

      test('that holds what another cipher has opened is not freed', async () => {
        const { reader } = freeing();
        const { cipher } = reader;
        reader.setCipher(alone(NEW_KEYS), true);
        reader.push(join(...sealed([long(1)], NEW_KEYS), ...sealed(payloads(1))));
        const view = reader.next(true);
        reader.setCipher(cipher, true);
        expect(await readAll(reader)).toEqual(payloads(1));
        expect(view).toEqual(long(1));
      });
    });

    test('keys may change to a cipher without promises, and back', async () => {
      const reader = createReader();
      reader.push(join(...sealed(payloads(1)), ...sealed(payloads(1), NEW_KEYS), ...sealed(payloads(2))));
      reader.next(true);
      await reader.opening;
      expect(reader.next(true)).toEqual(payloads(1)[0]);
      reader.setCipher(alone(NEW_KEYS), true);
      expect(reader.next(true)).toEqual(payloads(1)[0]);
      reader.setCipher(batched(), true);
      expect(await readAll(reader)).toEqual(payloads(2));
    });

    test('keys do not change while packets behind are opened with the old ones', async () => {
      const reader = createReader();
      reader.push(join(...sealed(payloads(2))));
      reader.next();
      await reader.opening;
      reader.next();
      expect(() => reader.setCipher(batched(NEW_KEYS), true)).toThrow(MacError);
    });

    test('what is being opened still counts as waiting', () => {
      const bytes = join(...sealed(payloads(3)));
      const reader = createReader();
      reader.push(bytes.slice());
      reader.next();
      expect(reader.isAhead).toBe(true);
      reader.push(bytes.slice(0, 10));
      expect(reader.waiting).toBe(bytes.length + 10);
    });

    test('where the runtime fails, so does the wait', async () => {
      const reader = createReader(KEYS, slow(new Error('out of memory')));
      reader.push(join(...sealed(payloads(2))));
      reader.next();
      await expect(reader.opening).rejects.toThrow('out of memory');
      expect(reader.next()).toBeUndefined();
    });
  });

  describe('sealing', () => {
    function createBatchedWriter(provider = slow()): PacketWriter {
      const writer = createWriter();
      writer.setCipher(batched(KEYS, provider), true);
      return writer;
    }

    test('a chunk is what noble makes of it, and is not to be had before', async () => {
      const writer = createBatchedWriter();
      for (const payload of payloads(100)) write(writer, payload);
      const expected = join(...sealed(payloads(100)));
      expect([writer.length, writer.readyLength, writer.isSealing]).toEqual([expected.length, 0, true]);
      const done = writer.seal();
      expect(writer.seal()).toBeUndefined();
      expect([writer.length, writer.readyLength, writer.isSealing]).toEqual([expected.length, 0, true]);
      await done;
      expect([writer.readyLength, writer.isSealing]).toEqual([expected.length, false]);
      expect(writer.take()).toEqual(expected);
      expect(writer.length).toBe(0);
    });

    test('packets keep their place and their nonce while those before are sealed', async () => {
      const list = payloads(9);
      const writer = createBatchedWriter();
      for (const payload of list.slice(0, 4)) write(writer, payload);
      const first = writer.seal();
      for (const payload of list.slice(4)) write(writer, payload);
      expect(writer.sequenceNumber).toBe(9);
      await first;
      const parts = [writer.take()];
      expect(writer.isSealing).toBe(true);
      await writer.seal();
      parts.push(writer.take());
      expect(join(...parts)).toEqual(join(...sealed(list)));
    });

    test('keys change exactly where they are set', async () => {
      const writer = createWriter();
      write(writer, Uint8Array.of(1));
      writer.setCipher(batched(NEW_KEYS), true);
      write(writer, Uint8Array.of(2));
      writer.setCipher(alone(), true);
      write(writer, Uint8Array.of(3));
      await writer.seal();
      const [one, two, three] = [1, 2, 3].map((byte) => Uint8Array.of(byte));
      const expected = [...sealed([one!]), ...sealed([two!], NEW_KEYS), ...sealed([three!])];
      expect(writer.take()).toEqual(join(...expected));
    });

    test('bytes that are no packet pass, and a snapshot has all that is sealed', async () => {
      const writer = createBatchedWriter();
      writer.raw(Uint8Array.of(1, 2, 3));
      await writer.seal();
      writer.raw(Uint8Array.of(4));
      expect(writer.isSealing).toBe(false);
      expect(writer.state()).toEqual(Uint8Array.of(1, 2, 3, 4));
    });

    test('where the runtime fails, nothing leaves', async () => {
      const writer = createBatchedWriter(slow(new Error('out of memory')));
      write(writer, Uint8Array.of(1));
      await expect(writer.seal()).rejects.toThrow('out of memory');
      expect(writer.readyLength).toBe(0);
    });
  });
});
