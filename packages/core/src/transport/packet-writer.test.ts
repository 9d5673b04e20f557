/** RFC 4253 §6: outgoing packets, and the memory that holds them. */
import { expect, test } from 'vitest';
import { packetCipherNone } from '../algorithms/none.js';
import { PacketWriter } from './packet-writer.js';
import { RandomPool } from './random-pool.js';

const LARGE = new Uint8Array(32 * 1024).fill(7);

function writePacket(writer: PacketWriter, payload: Uint8Array): Uint8Array {
  writer.begin(payload.length).fixed(payload);
  writer.finish();
  return writer.take();
}

function payloadOf(packet: Uint8Array): Uint8Array {
  return packet.subarray(5, packet.length - packet[4]!);
}

test('a chunk that came back is used again for data, and let go by what is small', () => {
  const writer = new PacketWriter(packetCipherNone, new RandomPool((length) => new Uint8Array(length)));
  const first = writePacket(writer, LARGE);
  writer.reuse(first);
  const second = writePacket(writer, LARGE);
  expect(second.buffer).toBe(first.buffer);
  expect(payloadOf(second)).toEqual(LARGE);
  writer.reuse(second);
  const small = writePacket(writer, Uint8Array.of(1, 2, 3));
  expect(small.buffer.byteLength).toBeLessThan(1024);
  writer.reuse(small);
  expect(writePacket(writer, LARGE).buffer).not.toBe(first.buffer);
});

test('a chunk that did not come back is never written to again', () => {
  const writer = new PacketWriter(packetCipherNone, new RandomPool((length) => new Uint8Array(length)));
  const first = writePacket(writer, LARGE);
  expect(writePacket(writer, LARGE).buffer).not.toBe(first.buffer);
});

test('a chunk that comes back while packets are sealed does not take their place', () => {
  const writer = new PacketWriter(packetCipherNone, new RandomPool((length) => new Uint8Array(length)));
  const first = writePacket(writer, LARGE);
  writer.begin(LARGE.length).fixed(LARGE);
  writer.finish();
  writer.reuse(first);
  expect(payloadOf(writer.take())).toEqual(LARGE);
});

test('of two chunks that come back one after another, both are used again', () => {
  const writer = new PacketWriter(packetCipherNone, new RandomPool((length) => new Uint8Array(length)));
  const chunks = [writePacket(writer, LARGE), writePacket(writer, LARGE)];
  for (const chunk of chunks) writer.reuse(chunk);
  const next = [writePacket(writer, LARGE), writePacket(writer, LARGE)];
  expect(next.map(({ buffer }) => buffer)).toEqual(chunks.map(({ buffer }) => buffer));
  // Each once: they are on their way again.
  const third = writePacket(writer, LARGE);
  expect(chunks.map(({ buffer }) => buffer === third.buffer)).toEqual([false, false]);
});

test('§6: the padding of each packet is random bytes that were not given out before', () => {
  let drawn = 0;
  const inOrder = (length: number): Uint8Array => Uint8Array.from({ length }, () => (drawn += 1));
  const writer = new PacketWriter(packetCipherNone, new RandomPool(inOrder));
  let given = 0;
  for (let length = 1; length <= 40; length += 1) {
    const packet = writePacket(writer, new Uint8Array(length));
    const padding = packet.subarray(5 + length);
    expect(padding).toHaveLength(packet[4]!);
    expect(padding).toEqual(Uint8Array.from(padding, () => (given += 1)));
  }
});

test('§6.4: the sequence number wraps around to zero after 2^32 packets', () => {
  const writer = new PacketWriter(packetCipherNone, new RandomPool((length) => new Uint8Array(length)));
  writer.sequenceNumber = 0xffff_ffff;
  writePacket(writer, Uint8Array.of(2));
  expect(writer.sequenceNumber).toBe(0);
});
