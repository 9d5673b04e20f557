/**
 * Payloads are unaffected by how packets are cut. CVE-2008-5161: with a cipher that conceals faults, the time and
 * manner of a failure reveal nothing about the packet.
 */
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { PacketCipher } from '../algorithms/algorithm.js';
import { packetCipherNone } from '../algorithms/none.js';
import { MacError, ProtocolError } from '../errors.js';
import { MAXIMUM_PACKET, MAXIMUM_PACKET_BEFORE_AUTHENTICATION, PacketReader } from './packet-reader.js';
import { PacketWriter } from './packet-writer.js';
import { RandomPool } from './random-pool.js';

/** Opens into memory of its own, as native ciphers do, and leaves nothing usable in the packet. */
const elsewhere: PacketCipher = {
  ...packetCipherNone,
  open: (_sequenceNumber, packet) => {
    const plain = packet.slice(4);
    packet.fill(0xee);
    return plain;
  },
};

test.each([
  ['in its place', packetCipherNone],
  ['into other memory', elsewhere],
])('payloads opened %s are as they were sent when all is read, wherever chunks end', (_name, cipher) => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9000 })), {
    maxLength: 12,
  });
  const cuts = fc.array(fc.integer({ min: 1, max: 7000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(sizes, cuts, (lengths, chunkLengths) => {
      const writer = new PacketWriter(packetCipherNone, new RandomPool((length) => new Uint8Array(length)));
      const sent = lengths.map((length, index) => new Uint8Array(length).fill(index + 1));
      for (const payload of sent) {
        writer.begin(payload.length).fixed(payload);
        writer.finish();
      }
      const stream = writer.take();
      const reader = new PacketReader(packetCipherNone);
      reader.setCipher(cipher, true);
      const payloads: Uint8Array[] = [];
      for (let offset = 0, turn = 0; offset < stream.length; turn += 1) {
        const end = offset + chunkLengths[turn % chunkLengths.length]!;
        reader.push(stream.slice(offset, end));
        for (let payload = reader.next(); payload !== undefined; payload = reader.next()) payloads.push(payload);
        offset = end;
      }
      expect(payloads).toEqual(sent);
    }),
  );
});

test.each([
  ['before authentication is little more than needed', MAXIMUM_PACKET_BEFORE_AUTHENTICATION, 4096],
  ['after it grows by doubling', MAXIMUM_PACKET, 60_000],
])('memory for what waits %s', (_when, maximumPacketLength, spare) => {
  const reader = new PacketReader(packetCipherNone);
  reader.maximumPacketLength = maximumPacketLength;
  const writer = new PacketWriter(packetCipherNone, new RandomPool((length) => new Uint8Array(length)));
  writer.begin(59_000 / 2).fixed(new Uint8Array(59_000 / 2));
  writer.finish();
  reader.push(writer.take());
  reader.push(new Uint8Array(30_000));
  const { waiting } = reader;
  expect(reader.next()!.buffer.byteLength).toBeLessThanOrEqual(waiting + spare);
});

/** Lengths of the byte arrays allocated while `act` runs. */
function madeBy(act: () => void): readonly number[] {
  const made: number[] = [];
  const counting = new Proxy(Uint8Array, {
    construct: (target, words: readonly unknown[]) => {
      if (typeof words[0] === 'number') made.push(words[0]);
      return Reflect.construct(target, words) as Uint8Array;
    },
  });
  vi.stubGlobal('Uint8Array', counting);
  try {
    act();
  } finally {
    vi.unstubAllGlobals();
  }
  return made;
}

test.each([
  ['the longest that is taken, in one chunk', MAXIMUM_PACKET - 4, 16, 'undefined'],
  ['the longest that is taken, byte by byte', MAXIMUM_PACKET - 4, 1, 'undefined'],
  ['a block more', MAXIMUM_PACKET + 4, 16, 'ProtocolError'],
  ['2 GiB', 0x7fff_fffc, 16, 'ProtocolError'],
])('an announced length alone sets nothing aside: %s', (_what, length, chunkLength, outcome) => {
  const head = input(length).slice(0, 16);
  const reader = new PacketReader(packetCipherNone);
  reader.maximumPacketLength = MAXIMUM_PACKET;
  const ends: unknown[] = [];
  const made = madeBy(() => {
    for (let offset = 0; offset < head.length; offset += chunkLength) {
      reader.push(head.slice(offset, offset + chunkLength));
      try {
        ends.push(reader.next());
      } catch (error) {
        ends.push(error);
      }
    }
  });
  expect(ends.filter((end) => (end instanceof ProtocolError ? 'ProtocolError' : String(end)) !== outcome)).toEqual([]);
  // An array of up to four times what has arrived is room for the rest of an incomplete packet.
  expect(made.filter((bytes) => bytes > 4 * head.length)).toEqual([]);
});

/** Plain packets that `isGenuine` judges; counts the bytes authenticated, both genuinely and for show. */
function concealing(isGenuine: () => boolean): { readonly cipher: PacketCipher; authenticated(): number } {
  let authenticated = 0;
  const cipher: PacketCipher = {
    ...packetCipherNone,
    open: (_sequenceNumber, packet) => {
      authenticated += packet.length;
      if (!isGenuine()) throw new MacError();
      return packet.subarray(4);
    },
    concealFault: (length) => {
      authenticated += length;
    },
  };
  return { cipher, authenticated: () => authenticated };
}

/** A packet that claims `length` bytes, followed by more than enough. */
function input(length: number): Uint8Array {
  const bytes = new Uint8Array(2 * MAXIMUM_PACKET);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes[4] = 4;
  return bytes;
}

/** How many bytes it takes, in chunks of this length, until the reader fails. */
function bytesToFailure(reader: PacketReader, bytes: Uint8Array, chunkLength: number): number {
  for (let offset = 0; offset < bytes.length; offset += chunkLength) {
    reader.push(bytes.slice(offset, offset + chunkLength));
    try {
      while (reader.next() !== undefined);
    } catch (error) {
      expect(error).toBeInstanceOf(MacError);
      return offset + chunkLength;
    }
  }
  throw new Error('the reader did not fail');
}

describe.each([16, 4096, MAXIMUM_PACKET])('in chunks of %d bytes', (chunkLength) => {
  test.each([0, 5, 12, 13, 28, 8_188, MAXIMUM_PACKET - 4, MAXIMUM_PACKET + 4, 0x7fff_ffff])(
    'fails after the longest packet, where the first claims %d bytes',
    (length) => {
      const { cipher, authenticated } = concealing(() => false);
      const reader = new PacketReader(packetCipherNone);
      reader.setCipher(cipher, true);
      reader.maximumPacketLength = MAXIMUM_PACKET;
      expect(bytesToFailure(reader, input(length), chunkLength)).toBe(MAXIMUM_PACKET);
      expect(authenticated()).toBe(MAXIMUM_PACKET);
    },
  );
});

test('a cipher that conceals nothing fails at once', () => {
  const { concealFault: _, ...cipher } = concealing(() => false).cipher;
  const reader = new PacketReader(packetCipherNone);
  reader.setCipher(cipher, true);
  reader.maximumPacketLength = MAXIMUM_PACKET;
  expect(bytesToFailure(reader, input(28), 16)).toBe(32);
});

test('genuine packets before a fault are delivered', () => {
  let genuine = 3;
  const reader = new PacketReader(packetCipherNone);
  reader.setCipher(concealing(() => (genuine -= 1) >= 0).cipher, true);
  const packet = input(28).slice(0, 32);
  for (let index = 0; index < 3; index += 1) {
    reader.push(packet.slice());
    expect(reader.next()).toHaveLength(23);
  }
  expect(bytesToFailure(reader, input(28), 4096)).toBe(MAXIMUM_PACKET);
});
