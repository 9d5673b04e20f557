/** RFC 4253 §6.4 and RFC 6668: HMAC over `sequence_number ‖ packet`. */
import { equalBytes, type CryptoProvider, type HashName } from '../crypto/provider.js';
import type { MacAlgorithm } from './algorithm.js';
import { writeUint32 } from './uint32.js';

const HASH_LENGTH = { sha256: 32, sha384: 48, sha512: 64 } as const satisfies Record<HashName, number>;

export function hmacWith(hash: HashName, encryptThenMac: boolean): MacAlgorithm {
  const length = HASH_LENGTH[hash];
  return { hash, keyLength: length, tagLength: length, encryptThenMac };
}

/** The two uses of a MAC for packets that end with its tag. */
export function packetMac(crypto: CryptoProvider, key: Uint8Array, mac: MacAlgorithm) {
  const authenticate = crypto.hmac(mac.hash, key);
  const sequence = new Uint8Array(4);
  const tagOf = (sequenceNumber: number, packet: Uint8Array): Uint8Array => {
    writeUint32(sequence, 0, sequenceNumber);
    const tag = authenticate(sequence, packet.subarray(0, packet.length - mac.tagLength));
    return tag.length === mac.tagLength ? tag : tag.subarray(0, mac.tagLength);
  };
  return {
    writeTag: (sequenceNumber: number, packet: Uint8Array): void => {
      packet.set(tagOf(sequenceNumber, packet), packet.length - mac.tagLength);
    },
    hasTag: (sequenceNumber: number, packet: Uint8Array): boolean =>
      equalBytes(tagOf(sequenceNumber, packet), packet.subarray(packet.length - mac.tagLength)),
  };
}
