/** RFC 4253 §6.3: the cipher `none`, under which a connection is until its first NEWKEYS. It is in no table. */
import type { PacketCipher } from './algorithm.js';
import { readUint32 } from './uint32.js';

export const packetCipherNone: PacketCipher = {
  blockLength: 8,
  lengthIsApart: false,
  headLength: 4,
  tagLength: 0,
  openLength: (_sequenceNumber, head) => readUint32(head, 0),
  open: () => undefined,
  seal: () => undefined,
  counter: () => new Uint8Array(0),
};
