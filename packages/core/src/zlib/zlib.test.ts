/** RFC 4253 §6.2: compression, payload by payload, and what a peer cannot do with it. */
import * as fc from 'fast-check';
import { Deflate, Z_FINISH, Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, type Z_FlushMode } from 'pako';
import { describe, expect, test } from 'vitest';
import { equalBytes } from '../crypto/provider.js';
import { CompressionError } from '../errors.js';
import { concatenate } from '../wire/concatenate.js';
import { createCompressor } from './deflate.js';
import { createDecompressor } from './inflate.js';

const MAXIMUM = 256 * 1024;

/** Compresses payloads as another implementation might: with another flush, or none. */
function deflated(payloads: readonly Uint8Array[], flush: Z_FlushMode): readonly Uint8Array[] {
  const deflate = new Deflate({ level: 6 });
  const chunks: Uint8Array[] = [];
  deflate.onData = (chunk) => void chunks.push(chunk.slice());
  return payloads.map((payload) => {
    deflate.push(payload, flush);
    return concatenate(chunks.splice(0));
  });
}

const inflateAll = (packets: readonly Uint8Array[], maximum = MAXIMUM): readonly Uint8Array[] => {
  const { decompress } = createDecompressor();
  return packets.map((packet) => decompress(packet, maximum));
};

/** Bytes that do not compress, by xorshift. */
function noise(length: number): Uint8Array {
  let state = length + 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

const payloads = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    fc
      .tuple(fc.nat(255), fc.integer({ min: 1, max: 20_000 }))
      .map(([byte, length]) => new Uint8Array(length).fill(byte)),
    fc.integer({ min: 1, max: 3000 }).map(noise),
  ),
  { minLength: 1, maxLength: 6 },
);

/** Comparing byte by byte with a matcher is slow. */
function expectSame(received: readonly Uint8Array[], sent: readonly Uint8Array[]): void {
  expect(received.map(({ length }) => length)).toEqual(sent.map(({ length }) => length));
  expect(received.every((bytes, index) => equalBytes(bytes, sent[index]!))).toBe(true);
}

test('what is compressed is read again, payload by payload', () => {
  fc.assert(
    fc.property(payloads, (sent) => {
      const { compress } = createCompressor();
      expectSame(inflateAll(sent.map((payload) => compress(payload))), sent);
    }),
    { numRuns: 20 },
  );
});

test('a payload of which compression makes more than was made room for is whole', () => {
  const sent = [noise(2 ** 20), noise(100)];
  const { compress } = createCompressor();
  expectSame(
    inflateAll(
      sent.map((payload) => compress(payload)),
      2 ** 20,
    ),
    sent,
  );
});

test.each([
  ['Z_PARTIAL_FLUSH', Z_PARTIAL_FLUSH],
  ['Z_SYNC_FLUSH', Z_SYNC_FLUSH],
] as const)('peers may flush with %s', (_name, flush) => {
  fc.assert(
    fc.property(payloads, (sent) => {
      expectSame(inflateAll(deflated(sent, flush)), sent);
    }),
    { numRuns: 20 },
  );
});

test('the state goes on: what was said before is said in fewer bytes', () => {
  const { compress } = createCompressor();
  const payload = noise(2000);
  expect(compress(payload).length).toBeGreaterThan(1900);
  expect(compress(payload).length).toBeLessThan(100);
});

/** The same bytes, and how many of them have been looked at. */
function countReads(bytes: Uint8Array): { readonly counted: Uint8Array; readonly reads: () => number } {
  let reads = 0;
  const counted = new Proxy(bytes, {
    get(target, name): unknown {
      reads += 1;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { counted, reads: () => reads };
}

describe('a payload inflates to at most so many bytes', () => {
  test.each([1000, MAXIMUM])('%d', (maximum) => {
    const [exact] = deflated([new Uint8Array(maximum).fill(7)], Z_PARTIAL_FLUSH);
    expect(inflateAll([exact!], maximum)[0]).toHaveLength(maximum);
    const [more] = deflated([new Uint8Array(maximum + 1).fill(7)], Z_PARTIAL_FLUSH);
    expect(() => inflateAll([more!], maximum)).toThrow(CompressionError);
  });

  test('a bomb of 256 KiB that would inflate to 255 MiB ends at once', () => {
    // With a flush to whole bytes, what follows the first MiB of zeros can be repeated any number of times.
    const zeros = new Uint8Array(2 ** 20);
    const [first, again] = deflated([zeros, zeros], Z_SYNC_FLUSH);
    const bomb = concatenate([first!, ...Array.from({ length: 254 }, () => again!)]);
    expect(bomb.length).toBeLessThan(MAXIMUM + 8 * 1024);
    const { counted, reads } = countReads(bomb);
    expect(() => inflateAll([counted])).toThrow(CompressionError);
    // Of the first MiB a quarter was inflated, and nothing of the others.
    expect(reads()).toBeLessThan(first!.length);
  });

  test('and has at most so many blocks: those without content take time and no room', () => {
    // Empty stored blocks: 3 bits, padding, LEN and NLEN.
    const empty = (count: number): Uint8Array =>
      Uint8Array.from({ length: 5 * count }, (_, index) => [0, 0, 0, 0xff, 0xff][index % 5]!);
    const payload = noise(10);
    const [packet] = deflated([payload], Z_SYNC_FLUSH);
    expectSame(inflateAll([concatenate([packet!, empty(1000)])]), [payload]);
    expect(() => inflateAll([concatenate([packet!, empty(1024)])])).toThrow(CompressionError);
    const { counted, reads } = countReads(concatenate([packet!, empty(MAXIMUM / 5)]));
    expect(() => inflateAll([counted])).toThrow(CompressionError);
    expect(reads()).toBeLessThan(packet!.length + 10 * 1024);
  });
});

describe('what is no whole payload is refused', () => {
  const text = noise(4000);
  const [packet] = deflated([text], Z_SYNC_FLUSH);

  test('a stream that is split over packets, anywhere', () => {
    for (let cut = 0; cut < packet!.length - 5; cut += 7) {
      expect(() => inflateAll([packet!.subarray(0, cut)]), `cut at ${cut}`).toThrow(CompressionError);
    }
  });

  test('a stream that was not flushed', () => {
    expect(() => inflateAll(deflated([text], Z_NO_FLUSH))).toThrow(CompressionError);
  });

  test('a stream that ends', () => {
    expect(() => inflateAll(deflated([text], Z_FINISH))).toThrow(CompressionError);
  });

  test('a header that is none, a block of no type, a length that is not its complement', () => {
    for (const bytes of [
      [0x78, 0x9d],
      [0x78, 0x9c, 0x06],
      [0x78, 0x9c, 0, 1, 0, 1, 0],
      [0x1f, 0x8b, 8, 0],
    ]) {
      expect(() => inflateAll([Uint8Array.from(bytes)])).toThrow(CompressionError);
    }
  });

  test('nothing at all', () => {
    expect(() => inflateAll([new Uint8Array(0)])).toThrow(CompressionError);
    expect(() => inflateAll([packet!, new Uint8Array(0)])).toThrow(CompressionError);
  });

  test('noise, whatever it is, gives an error and no other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          inflateAll([packet!, bytes]);
        } catch (error) {
          expect(error).toBeInstanceOf(CompressionError);
        }
      }),
    );
  });
});

test('a payload that ends within a block, behind a whole one, is refused', () => {
  const { compress } = createCompressor();
  const [whole, next] = [compress(noise(500)), compress(noise(600))];
  const cut = concatenate([whole, next.subarray(0, 300)]);
  expect(inflateAll([concatenate([whole, next])])[0]).toHaveLength(1100);
  expect(() => inflateAll([cut])).toThrow(CompressionError);
});
