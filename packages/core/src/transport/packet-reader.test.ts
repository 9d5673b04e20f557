/** CVE-2008-5161: with a cipher that conceals faults, when and how a connection fails says nothing about the packet. */
import { describe, expect, test } from 'vitest';
import type { PacketCipher } from '../algorithms/algorithm.js';
import { packetCipherNone } from '../algorithms/none.js';
import { MacError } from '../errors.js';
import { MAXIMUM_PACKET, PacketReader } from './packet-reader.js';

/** Plain packets of which `isGenuine` decides; counts the bytes that were authenticated, in truth or for show. */
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

/** How many bytes it takes, given so many at a time, until the reader fails. */
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
