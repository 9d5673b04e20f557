/** RFC 4253 §6.3, §6.4: packets under a block cipher, with a MAC of the plain packet or, in OpenSSH's `-etm` forms, of the encrypted one. */
import type { Needs } from '../crypto/provider.js';
import { MacError } from '../errors.js';
import type { CipherKeys, MacAlgorithm, PacketCipher } from './algorithm.js';
import { packetMac } from './hmac.js';
import { readUint32 } from '../wire/uint32.js';

const LENGTH = 4;

/** A block cipher in a mode that continues from packet to packet. Both functions work in place, on whole blocks. */
export interface BlockMode {
  readonly blockLength: number;
  encrypt(bytes: Uint8Array): void;
  decrypt(bytes: Uint8Array): void;
  /** Its position: the counter, or the last block. */
  counter(): Uint8Array;
}

/** `encrypt(packet) ‖ MAC(packet)`: the length is encrypted too, so the first block is opened before the MAC is known. */
export function encryptAndMac(
  crypto: Needs<'hmac'>,
  mode: BlockMode,
  keys: CipherKeys,
  mac: MacAlgorithm,
): PacketCipher {
  const { writeTag, hasTag } = packetMac(crypto, keys.macKey, mac);
  const { tagLength } = mac;
  const { blockLength } = mode;
  return {
    blockLength,
    lengthIsApart: false,
    headLength: blockLength,
    tagLength,
    openLength: (_sequenceNumber, head) => {
      mode.decrypt(head);
      return readUint32(head, 0);
    },
    open: (sequenceNumber, packet) => {
      const end = packet.length - tagLength;
      if (end < blockLength || end % blockLength !== 0) throw new MacError();
      mode.decrypt(packet.subarray(blockLength, end));
      if (!hasTag(sequenceNumber, packet)) throw new MacError();
      return packet.subarray(LENGTH, end);
    },
    seal: (sequenceNumber, packet) => {
      writeTag(sequenceNumber, packet);
      mode.encrypt(packet.subarray(0, packet.length - tagLength));
    },
    counter: mode.counter,
  };
}

/** `packet_length ‖ encrypt(rest) ‖ MAC(both)`. */
export function encryptThenMac(
  crypto: Needs<'hmac'>,
  mode: BlockMode,
  keys: CipherKeys,
  mac: MacAlgorithm,
): PacketCipher {
  const { writeTag, hasTag } = packetMac(crypto, keys.macKey, mac);
  const { tagLength } = mac;
  const { blockLength } = mode;
  return {
    blockLength,
    lengthIsApart: true,
    headLength: LENGTH,
    tagLength,
    openLength: (_sequenceNumber, head) => readUint32(head, 0),
    open: (sequenceNumber, packet) => {
      // Security: nothing is decrypted before the tag has been verified.
      if (!hasTag(sequenceNumber, packet)) throw new MacError();
      const encrypted = packet.subarray(LENGTH, packet.length - tagLength);
      if (encrypted.length % blockLength !== 0) throw new MacError();
      mode.decrypt(encrypted);
      return encrypted;
    },
    seal: (sequenceNumber, packet) => {
      mode.encrypt(packet.subarray(LENGTH, packet.length - tagLength));
      writeTag(sequenceNumber, packet);
    },
    counter: mode.counter,
  };
}
