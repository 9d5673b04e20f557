/** RFC 4253 §6.2, §6.3: `none`. The cipher, which every connection uses until its first NEWKEYS, is in no table. */
import type { CompressionAlgorithm, PacketCipher } from './algorithm.js';
import { readUint32 } from '../wire/uint32.js';

export const compressionNone: CompressionAlgorithm = { begins: 'never' };

export const packetCipherNone: PacketCipher = {
  blockLength: 8,
  lengthIsApart: false,
  headLength: 4,
  tagLength: 0,
  openLength: (_sequenceNumber, head) => readUint32(head, 0),
  open: (_sequenceNumber, packet) => packet.subarray(4),
  seal: () => undefined,
  counter: () => new Uint8Array(0),
};
